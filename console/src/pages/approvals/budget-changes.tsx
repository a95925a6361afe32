/**
 * Changes of budgets that somebody has asked for: booked at once when another person approves them.
 */
import { Group } from '@mantine/core';
import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { budgetchangesApprove, budgetchangesList, budgetchangesRefuse, budgetsList } from '../../client/sdk.gen.js';
import type { BudgetChange } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { Amount, Moment } from '../../parts/values.js';
import { queueOf, type Queue } from './queue.js';

export function useBudgetChanges({ polled }: Pick<Live, 'polled'>): Queue<BudgetChange> {
  const budgets = useRead(['budgets', 'open'], (signal) => budgetsList({ query: { limit: 200 }, signal }), polled);
  const open = (budgets.data?.items ?? []).filter(({ closedAt }) => closedAt === null);
  const each = useQueries({
    queries: open.map(({ key }) => ({
      queryKey: ['budgets', key, 'changes'],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        budgetchangesList({ path: { key }, query: { limit: 50 }, signal }),
      refetchInterval: polled.everyMs ?? false,
    })),
  });
  return queueOf(
    'changes',
    [budgets, ...each] as UseQueryResult[],
    each.flatMap(({ data }) => data?.items ?? []).filter(({ state }) => state === 'requested'),
  );
}

export function BudgetChanges({ items }: { items: readonly BudgetChange[] }) {
  const { t } = useTranslation();
  return (
    <Section title={t('approvals.changes')}>
      <Rows
        rows={items}
        keyOf={({ budget, no }) => `${budget} ${no}`}
        label={t('approvals.changes')}
        columns={[
          { name: t('payouts.filters.budget'), of: ({ budget }) => <span className="id">{budget}</span> },
          { name: t('budgets.change'), of: ({ kind }) => t(`budgets.kinds.${kind}`) },
          { name: t('payouts.amount'), right: true, of: ({ amount }) => (amount ? <Amount money={amount} /> : '–') },
          { name: t('common.reason'), of: ({ reason }) => reason },
          { name: t('approvals.askedBy'), of: ({ requestedBy }) => requestedBy },
          { name: t('common.at'), of: ({ requestedAt }) => <Moment at={requestedAt} /> },
          { name: t('common.decide'), of: (change) => <Decide change={change} /> },
        ]}
      />
    </Section>
  );
}

function Decide({ change }: { change: BudgetChange }) {
  const { t } = useTranslation();
  const may = useMay();
  const path = { key: change.budget, no: String(change.no) };
  const what = (
    <>
      {t(`budgets.kinds.${change.kind}`)} <strong className="id">{change.budget}</strong>{' '}
      {change.amount && <Amount money={change.amount} />}
    </>
  );
  return (
    <Group gap="xs" wrap="nowrap">
      {may('budgetchanges.approve') && (
        <Decision
          verb={t('approvals.approve')}
          icon="approve"
          quiet
          effect={
            <>
              {t('approvals.approveEffect')} {what}
            </>
          }
          decide={({ idempotencyKey }) =>
            budgetchangesApprove({ path, headers: { 'Idempotency-Key': idempotencyKey } })
          }
        />
      )}
      {may('budgetchanges.refuse') && (
        <Decision
          verb={t('approvals.refuse')}
          icon="cross"
          color="red.9"
          quiet
          reason
          effect={
            <>
              {t('approvals.refuseEffect')} {what}
            </>
          }
          decide={({ reason, idempotencyKey }) =>
            budgetchangesRefuse({ path, body: { reason }, headers: { 'Idempotency-Key': idempotencyKey } })
          }
        />
      )}
    </Group>
  );
}
