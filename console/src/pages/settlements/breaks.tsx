/**
 * The inbox of breaks: what differs between what was earned, the ledger and the settlements, the oldest first; filtered by what the address says.
 */
import { Anchor, Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { given, useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { CALM_MS } from '../../api/queries.js';
import { settlementbreaksList } from '../../client/sdk.gen.js';
import type { SettlementBreak } from '../../client/types.gen.js';
import { ClearFilters } from '../../parts/clear-filters.js';
import { Failure } from '../../parts/failure.js';
import { TextFilter } from '../../parts/filters.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Amount } from '../../parts/values.js';
import { VirtualRows } from '../../parts/virtual.js';

const CLASSES = [
  'missing_at_provider',
  'unknown_to_us',
  'duplicate',
  'amount',
  'currency',
  'date',
  'reference',
  'not_entitled',
] as const;
const STATES = ['open', 'explained', 'resolved'] as const;
const NAMES = ['state', 'class', 'provider', 'day', 'assignee'] as const;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const columns = useColumns();
  const live = useLive(['breaks']);
  const asked = given(Object.fromEntries(NAMES.map((name) => [name, filters.get(name)])));
  const list = useList(
    ['breaks', 'list', asked],
    (page, signal) => settlementbreaksList({ query: { ...page, ...asked }, signal }),
    { everyMs: CALM_MS }, // ages move by themselves
  );
  const rows = list.data ?? [];
  return (
    <Page
      title={t('places.breaks')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('breaks', list)} everyMs={CALM_MS} />}
    >
      <Filters {...filters} />
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && rows.length === 0 ? (
        <Empty
          icon="check"
          title={t(filters.any ? 'common.nothingFits' : 'breaks.none')}
          action={
            filters.any ? (
              <Button onClick={filters.clear}>{t('common.clear')}</Button>
            ) : (
              <Button component={Link} to="/settlements">
                {t('places.settlements')}
              </Button>
            )
          }
        />
      ) : (
        <VirtualRows {...list} label={t('places.breaks')} rows={rows} keyOf={({ id }) => id} columns={columns} />
      )}
    </Page>
  );
}

function Filters(filters: ReturnType<typeof useFilters>) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" align="flex-end" className="filters">
      <NativeSelect
        label={t('breaks.class')}
        value={filters.get('class')}
        data={[
          { value: '', label: t('common.all') },
          ...CLASSES.map((value) => ({ value, label: t(`approvals.breakClasses.${value}`) })),
        ]}
        onChange={(event) => filters.set('class', event.currentTarget.value)}
      />
      <NativeSelect
        label={t('common.state')}
        value={filters.get('state')}
        data={[
          { value: '', label: t('common.all') },
          ...STATES.map((value) => ({ value, label: t(`states.settlementBreak.${value}`) })),
        ]}
        onChange={(event) => filters.set('state', event.currentTarget.value)}
      />
      {(['provider', 'assignee'] as const).map((name) => (
        <TextFilter
          key={`${name} ${filters.get(name)}`}
          label={t(name === 'provider' ? 'settlements.provider' : 'breaks.assignee')}
          value={filters.get(name)}
          set={(value) => filters.set(name, value)}
        />
      ))}
      <TextInput
        type="date"
        label={t('settlements.day')}
        value={filters.get('day')}
        onChange={(event) => filters.set('day', event.currentTarget.value)}
      />
      <ClearFilters filters={filters} />
    </Group>
  );
}

function useColumns() {
  const { t } = useTranslation();
  return [
    {
      name: t('breaks.class'),
      width: '15%',
      of: ({ id, class: kind, reversal }: SettlementBreak) => (
        <Anchor component={Link} to={`/breaks/${encodeURIComponent(id)}`} inherit className="cut">
          {t(`approvals.breakClasses.${kind}`)}
          {reversal && ` (${t('breaks.reversal')})`}
        </Anchor>
      ),
    },
    {
      name: t('common.state'),
      width: '10%',
      of: ({ state }: SettlementBreak) => <State kind="settlementBreak" state={state} />,
    },
    {
      name: t('payouts.key'),
      width: '26%',
      of: ({ payout }: SettlementBreak) => (
        <span className="id cut" title={payout}>
          {payout}
        </span>
      ),
    },
    {
      name: t('settlements.openSum'),
      width: '11%',
      right: true,
      of: ({ difference, currency }: SettlementBreak) =>
        difference !== null && currency !== null ? <Amount money={{ value: difference, currency }} /> : '–',
    },
    { name: t('settlements.provider'), width: '10%', of: ({ provider }: SettlementBreak) => provider },
    {
      name: t('settlements.day'),
      width: '11%',
      of: ({ day }: SettlementBreak) => <span className="figures nowrap">{day}</span>,
    },
    {
      name: t('breaks.age'),
      width: '7%',
      right: true,
      of: ({ ageDays }: SettlementBreak) => t('breaks.ageDays', { count: ageDays }),
    },
    {
      name: t('breaks.assignee'),
      width: '10%',
      of: ({ assignee }: SettlementBreak) => <span className="cut">{assignee ?? '–'}</span>,
    },
  ];
}
