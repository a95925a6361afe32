/**
 * All payouts by their keys, filtered by what the address says; any number of them scrolls.
 */
import { Anchor, Button, Group, MultiSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { given, useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { payoutsList } from '../../client/sdk.gen.js';
import type { Payout, PayoutState } from '../../client/types.gen.js';
import { ClearFilters } from '../../parts/clear-filters.js';
import { Failure } from '../../parts/failure.js';
import { TextFilter } from '../../parts/filters.js';
import { Icon } from '../../parts/icon.js';
import { Empty, Page } from '../../parts/page.js';
import { LiveAsOf } from '../../parts/live.js';
import { PayoutLink } from '../../parts/payout-link.js';
import { State } from '../../parts/state.js';
import { Amount, Moment } from '../../parts/values.js';
import { VirtualRows } from '../../parts/virtual.js';

export const PAYOUT_STATES: readonly PayoutState[] = [
  'intended',
  'approved',
  'submitting',
  'accepted',
  'ambiguous',
  'held',
  'paid',
  'rejected',
  'settled',
  'reversed',
  'cancelled',
];
const TEXTS = ['run', 'campaign', 'provider', 'budget', 'currency'] as const;
const DAYS = ['from', 'to'] as const;
/** Payouts may move many times a second, and whoever reads a list of them has to be able to. */
const LIST_MS = 10_000;
/** Since when in their state: as a report's numbers ask. */
const MOMENTS = ['since', 'before'] as const;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const columns = useColumns();
  const states = filters.all('state') as PayoutState[];
  const others = given(Object.fromEntries([...TEXTS, ...DAYS, ...MOMENTS].map((name) => [name, filters.get(name)])));
  const live = useLive(['payouts'], LIST_MS);
  const list = useList(
    ['payouts', 'list', states, others],
    (page, signal) =>
      payoutsList({ query: { ...page, ...others, ...(states.length > 0 ? { state: states } : {}) }, signal }),
    live.polled,
  );
  const rows = list.data ?? [];
  return (
    <Page
      title={t('places.payouts')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('payouts', list)} everyMs={LIST_MS} />}
      actions={<Again again={list.refetch} />}
    >
      <Group gap="sm" align="flex-end" className="filters">
        <MultiSelect
          label={t('common.state')}
          placeholder={states.length === 0 ? t('common.all') : ''}
          data={PAYOUT_STATES.map((value) => ({ value, label: t(`states.payout.${value}`) }))}
          value={states}
          onChange={(value) => filters.set('state', value)}
          clearable
          comboboxProps={{ withinPortal: false }}
        />
        {TEXTS.map((name) => (
          <TextFilter
            key={`${name} ${filters.get(name)}`}
            label={t(`payouts.filters.${name}`)}
            value={filters.get(name)}
            set={(value) => filters.set(name, value)}
          />
        ))}
        {DAYS.map((name) => (
          <TextInput
            key={name}
            type="date"
            label={t(`payouts.filters.${name}`)}
            value={filters.get(name)}
            onChange={(event) => filters.set(name, event.currentTarget.value)}
          />
        ))}
        <ClearFilters filters={filters} />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && rows.length === 0 ? (
        <Empty
          icon="coins"
          title={t(filters.any ? 'common.nothingFits' : 'payouts.none')}
          action={filters.any && <Button onClick={filters.clear}>{t('common.clear')}</Button>}
        />
      ) : (
        <VirtualRows {...list} label={t('places.payouts')} rows={rows} keyOf={({ key }) => key} columns={columns} />
      )}
    </Page>
  );
}

function Again({ again }: { again: () => unknown }) {
  const { t } = useTranslation();
  return (
    <Button variant="default" onClick={() => void again()} leftSection={<Icon name="refresh" size={16} />}>
      {t('common.refresh')}
    </Button>
  );
}

function useColumns() {
  const { t } = useTranslation();
  return [
    {
      name: t('payouts.key'),
      width: '26%',
      of: ({ key }: Payout) => <PayoutLink payout={key} cut />,
    },
    { name: t('common.state'), width: '11%', of: ({ state }: Payout) => <State kind="payout" state={state} /> },
    { name: t('payouts.amount'), width: '11%', right: true, of: ({ amount }: Payout) => <Amount money={amount} /> },
    {
      name: t('payouts.customer'),
      width: '12%',
      of: ({ customer }: Payout) => <span className="id cut">{customer}</span>,
    },
    {
      name: t('payouts.filters.campaign'),
      width: '14%',
      of: ({ campaign }: Payout) => (
        <Anchor component={Link} to={`/campaigns/${encodeURIComponent(campaign)}`} inherit className="cut">
          {campaign}
        </Anchor>
      ),
    },
    {
      name: t('payouts.filters.provider'),
      width: '10%',
      of: ({ provider }: Payout) => <span className="cut">{provider}</span>,
    },
    { name: t('payouts.earned'), width: '16%', of: ({ decidedAt }: Payout) => <Moment at={decidedAt} /> },
  ];
}
