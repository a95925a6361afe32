/**
 * Of the books: resolutions of breaks, and months to close or reopen, that somebody has proposed.
 */
import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { periodsApproveClose, periodsApproveReopen, periodsList, settlementbreaksList } from '../../client/sdk.gen.js';
import type { Period, SettlementBreak } from '../../client/types.gen.js';
import { BreakApproval } from '../../parts/break-approval.js';
import { Decision } from '../../parts/decision.js';
import { Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { Amount, Count, Moment } from '../../parts/values.js';
import { queueOf, type Queue } from './queue.js';

export function useBreaks({ polled }: Pick<Live, 'polled'>): Queue<SettlementBreak> {
  const breaks = useRead(
    ['breaks', 'open'],
    (signal) => settlementbreaksList({ query: { state: 'open', limit: 200 }, signal }),
    polled,
  );
  return queueOf(
    'breaks',
    [breaks],
    (breaks.data?.items ?? []).filter(({ proposed }) => proposed !== null),
  );
}

export function Breaks({ items }: { items: readonly SettlementBreak[] }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Section title={t('approvals.breaks')}>
      <Rows
        rows={items}
        keyOf={({ id }) => id}
        label={t('approvals.breaks')}
        columns={[
          { name: t('payouts.filters.provider'), of: ({ provider, day }) => `${provider} ${day}` },
          {
            name: t('approvals.break'),
            of: (item) => (
              <Anchor component={Link} to={`/breaks/${encodeURIComponent(item.id)}`} inherit>
                {t(`approvals.breakClasses.${item.class}`)}
              </Anchor>
            ),
          },
          {
            name: t('approvals.difference'),
            right: true,
            of: ({ difference, currency }) =>
              difference !== null && currency !== null ? <Amount money={{ value: difference, currency }} /> : '–',
          },
          {
            name: t('approvals.resolution'),
            of: ({ proposed }) => proposed && t(`approvals.resolutions.${proposed.resolution}`),
          },
          { name: t('common.reason'), of: ({ proposed }) => proposed?.reason },
          { name: t('approvals.askedBy'), of: ({ proposed }) => proposed?.by },
          {
            name: t('common.decide'),
            of: (item) =>
              item.proposed &&
              may('settlementbreaks.approve') && (
                <BreakApproval of={item} proposed={item.proposed} verb={t('approvals.approve')} quiet />
              ),
          },
        ]}
      />
    </Section>
  );
}

export function useMonths({ polled }: Pick<Live, 'polled'>): Queue<Period> {
  const periods = useRead(['periods'], (signal) => periodsList({ signal }), polled);
  return queueOf(
    'months',
    [periods],
    (periods.data?.months ?? []).filter(({ proposed }) => proposed !== null),
  );
}

export function Months({ items }: { items: readonly Period[] }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Section title={t('approvals.months')}>
      <Rows
        rows={items}
        keyOf={({ month }) => month}
        label={t('approvals.months')}
        columns={[
          {
            name: t('approvals.month'),
            of: ({ month }) => (
              <Anchor component={Link} to="/months" inherit>
                {month}
              </Anchor>
            ),
          },
          { name: t('approvals.move'), of: ({ proposed }) => proposed && t(`approvals.moves.${proposed.move}`) },
          { name: t('approvals.transfers'), right: true, of: ({ transfers }) => <Count of={transfers} /> },
          { name: t('common.reason'), of: ({ proposed }) => proposed?.reason },
          { name: t('approvals.askedBy'), of: ({ proposed }) => proposed?.by },
          { name: t('common.at'), of: ({ proposed }) => <Moment at={proposed?.at} /> },
          {
            name: t('common.decide'),
            of: ({ month, proposed }) =>
              proposed &&
              may('periods.approveClose') && (
                <Decision
                  verb={t(`approvals.moves.${proposed.move}`)}
                  icon="approve"
                  quiet
                  effect={t(`approvals.moveEffects.${proposed.move}`, { month })}
                  decide={({ idempotencyKey }) => {
                    const asked = { path: { month }, headers: { 'Idempotency-Key': idempotencyKey } };
                    return proposed.move === 'close' ? periodsApproveClose(asked) : periodsApproveReopen(asked);
                  }}
                />
              ),
          },
        ]}
      />
    </Section>
  );
}
