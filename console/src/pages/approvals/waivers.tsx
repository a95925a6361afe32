/**
 * Owed items that somebody proposes to waive: another person approves it.
 */
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { oweditemsConfirmWaive, oweditemsList } from '../../client/sdk.gen.js';
import type { OwedItem } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { PayoutLink } from '../../parts/payout-link.js';
import { Amount, Moment } from '../../parts/values.js';
import { queueOf, type Queue } from './queue.js';

export function useWaivers({ polled }: Pick<Live, 'polled'>): Queue<OwedItem> {
  const owed = useRead(
    ['owed', 'open'],
    (signal) => oweditemsList({ query: { state: 'open', limit: 200 }, signal }),
    polled,
  );
  const proposed = (owed.data?.items ?? []).filter(({ waiverProposedBy }) => waiverProposedBy !== null);
  return queueOf('waivers', [owed], proposed);
}

export function Waivers({ items }: { items: readonly OwedItem[] }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Section title={t('approvals.waivers')}>
      <Rows
        rows={items}
        keyOf={({ payout }) => payout}
        label={t('approvals.waivers')}
        columns={[
          {
            name: t('payouts.key'),
            of: ({ payout }) => <PayoutLink payout={payout} />,
          },
          { name: t('payouts.amount'), right: true, of: ({ amount }) => <Amount money={amount} /> },
          { name: t('payouts.customer'), of: ({ customer }) => <span className="id">{customer}</span> },
          { name: t('approvals.rejected'), of: ({ reason }) => reason },
          { name: t('approvals.askedBy'), of: ({ waiverProposedBy }) => waiverProposedBy },
          { name: t('approvals.since'), of: ({ openedAt }) => <Moment at={openedAt} /> },
          {
            name: t('common.decide'),
            of: ({ payout, amount }) =>
              may('oweditems.confirmWaive') && (
                <Decision
                  verb={t('approvals.waive')}
                  icon="approve"
                  color="red.9"
                  quiet
                  effect={
                    <>
                      {t('approvals.waiveEffect')} <Amount money={amount} />
                    </>
                  }
                  decide={({ idempotencyKey }) =>
                    oweditemsConfirmWaive({
                      path: { key: payout },
                      headers: { 'Idempotency-Key': idempotencyKey },
                    })
                  }
                />
              ),
          },
        ]}
      />
    </Section>
  );
}
