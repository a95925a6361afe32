/**
 * What the bank owes after rejected payouts, filtered by what the address says; decided on each payout's own page.
 */
import { Group, NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { given, useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { oweditemsList } from '../../client/sdk.gen.js';
import type { OwedItem } from '../../client/types.gen.js';
import { ClearFilters } from '../../parts/clear-filters.js';
import { Failure } from '../../parts/failure.js';
import { More, Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { PayoutLink } from '../../parts/payout-link.js';
import { State } from '../../parts/state.js';
import { Amount, Moment } from '../../parts/values.js';

const STATES = ['open', 'waived', 'reissued'] as const;
const NAMES = ['state', 'run', 'campaign', 'provider', 'currency', 'since', 'before'] as const;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const asked = given(Object.fromEntries(NAMES.map((name) => [name, filters.get(name)])));
  const live = useLive(['owed']);
  const list = useList(
    ['owed', 'list', asked],
    (page, signal) => oweditemsList({ query: { ...page, ...asked }, signal }),
    live.polled,
  );
  const items = list.data ?? [];
  return (
    <Page
      title={t('owed.title')}
      up={{ to: '/reports', label: t('places.reports') }}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('owed', list)} />}
    >
      <Group gap="sm" align="flex-end" className="filters">
        <NativeSelect
          label={t('common.state')}
          value={filters.get('state')}
          data={[
            { value: '', label: t('common.all') },
            ...STATES.map((value) => ({ value, label: t(`states.owed.${value}`) })),
          ]}
          onChange={(event) => filters.set('state', event.currentTarget.value)}
        />
        <ClearFilters filters={filters} />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && items.length === 0 ? (
        <Empty icon="check" title={t(filters.any ? 'common.nothingFits' : 'owed.none')} />
      ) : (
        <Section title={t('owed.title')}>
          <Items items={items} />
          <More {...list} shown={items.length} />
        </Section>
      )}
    </Page>
  );
}

function Items({ items }: { items: readonly OwedItem[] }) {
  const { t } = useTranslation();
  return (
    <Rows
      rows={items}
      keyOf={({ payout }) => payout}
      label={t('owed.title')}
      columns={[
        {
          name: t('payouts.key'),
          of: ({ payout }) => <PayoutLink payout={payout} />,
        },
        { name: t('common.state'), of: ({ state }) => <State kind="owed" state={state} /> },
        { name: t('payouts.amount'), right: true, of: ({ amount }) => <Amount money={amount} /> },
        { name: t('payouts.customer'), of: ({ customer }) => <span className="id">{customer}</span> },
        { name: t('payouts.filters.campaign'), of: ({ campaign }) => campaign },
        { name: t('payouts.filters.provider'), of: ({ provider }) => provider },
        { name: t('approvals.rejected'), of: ({ reason }) => reason },
        { name: t('owed.since'), of: ({ openedAt }) => <Moment at={openedAt} /> },
        {
          name: t('owed.decidedBy'),
          of: ({ decidedBy, approvedBy }) => [decidedBy, approvedBy].filter(Boolean).join(', ') || '–',
        },
      ]}
    />
  );
}
