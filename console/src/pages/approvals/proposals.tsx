/**
 * What somebody has proposed about payouts: to cancel, settle, waive or take them back.
 */
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { payoutproposalsList } from '../../client/sdk.gen.js';
import type { PayoutProposalListed } from '../../client/types.gen.js';
import { Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { PayoutLink } from '../../parts/payout-link.js';
import { DecideProposal, nameOf } from '../../parts/proposal.js';
import { Amount, Moment } from '../../parts/values.js';
import { queueOf, type Queue } from './queue.js';

/** The oldest of them. */
export function useProposals({ polled }: Pick<Live, 'polled'>): Queue<PayoutProposalListed> {
  const proposals = useRead(['proposals'], (signal) => payoutproposalsList({ query: { limit: 200 }, signal }), polled);
  return queueOf('proposals', [proposals], proposals.data?.items ?? []);
}

export function Proposals({ items }: { items: readonly PayoutProposalListed[] }) {
  const { t } = useTranslation();
  return (
    <Section title={t('approvals.proposals')}>
      <Rows
        rows={items}
        keyOf={({ payout }) => payout}
        label={t('approvals.proposals')}
        columns={[
          { name: t('payouts.key'), of: ({ payout }) => <PayoutLink payout={payout} cut /> },
          { name: t('payouts.amount'), right: true, of: ({ amount }) => <Amount money={amount} /> },
          { name: t('approvals.move'), of: (proposed) => t(`approvals.proposed.${nameOf(proposed)}.name`) },
          {
            name: t('common.reason'),
            of: ({ reason, reference }) => (reference ? `${reason} (${reference})` : reason),
          },
          { name: t('approvals.askedBy'), of: ({ by }) => by },
          { name: t('common.at'), of: ({ at }) => <Moment at={at} /> },
          {
            name: t('common.decide'),
            of: ({ payout, amount, ...proposed }) => (
              <DecideProposal payout={payout} amount={amount} proposed={proposed} />
            ),
          },
        ]}
      />
    </Section>
  );
}
