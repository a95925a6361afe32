/**
 * Finance's reports: payouts by state over days, campaigns or providers; budgets against what was spent; open items by age. Each number leads to its rows.
 */
import '../../styles/books.css';
import { Anchor, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { given, useFilters, useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { CALM_MS } from '../../api/queries.js';
import { reportsOpenItems, reportsPayouts } from '../../client/sdk.gen.js';
import type { PayoutState, PayoutSum } from '../../client/types.gen.js';
import { grouped, GROUPS, rowsOf, type Group as Sums, type GroupBy } from '../../format/report.js';
import { ClearFilters } from '../../parts/clear-filters.js';
import { TextFilter } from '../../parts/filters.js';
import { Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Print } from '../../parts/print.js';
import { Amount, Count } from '../../parts/values.js';
import { Chart } from './chart.js';
import { Budgets, OpenItems } from './others.js';

/** From the first move to the last; what is paid stands at the bottom of a bar. */
const ORDER: readonly PayoutState[] = [
  'settled',
  'paid',
  'accepted',
  'submitting',
  'approved',
  'intended',
  'held',
  'ambiguous',
  'rejected',
  'reversed',
  'cancelled',
];
/** Sums over all payouts are read again so often at most. */
const LIST_MS = 10_000;
const DAYS_AT_FIRST = 30;
const PAGES_MAX = 25;
const FILTERS = ['from', 'to', 'campaign', 'provider'] as const;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const live = useLive(['payouts', 'budgets'], LIST_MS);
  // its ages change by themselves
  const open = useRead(['reports', 'open'], (signal) => reportsOpenItems({ signal }), { everyMs: CALM_MS });
  const now = open.data?.now;
  const named = given(Object.fromEntries(FILTERS.map((name) => [name, filters.get(name)])));
  // the last days by business time, which the report of open items tells
  const asked: Record<string, string> = {
    ...(now !== undefined && !named['from'] ? { from: daysBefore(now, DAYS_AT_FIRST) } : {}),
    ...named,
  };
  const by = GROUPS.find((group) => group === filters.get('by')) ?? 'day';
  const sums = useRead(['payouts', 'sums', asked], (signal) => allSums(asked, signal), {
    ...live.polled,
    enabled: now !== undefined || open.isError,
  });
  return (
    <Page
      title={t('places.reports')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('payouts', sums)} everyMs={LIST_MS} />}
      actions={<Print readAt={sums.dataUpdatedAt} />}
    >
      <Filters filters={filters} asked={asked} by={by} />
      <Section title={t('reports.payouts')}>
        <Loaded query={sums}>
          {({ items, cut }) =>
            items.length === 0 ? (
              <Empty icon="chart" title={t('reports.none')} />
            ) : (
              <>
                {cut && <Text className="section-note">{t('reports.cut')}</Text>}
                <Payouts sums={items} by={by} asked={asked} />
              </>
            )
          }
        </Loaded>
      </Section>
      <Budgets polled={live.polled} />
      <Section title={t('reports.open')}>
        <Loaded query={open}>{(report) => <OpenItems report={report} />}</Loaded>
      </Section>
    </Page>
  );
}

interface FiltersProps {
  filters: ReturnType<typeof useFilters>;
  asked: Record<string, string>;
  by: GroupBy;
}

function Filters({ filters, asked, by }: FiltersProps) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" align="flex-end" className="filters">
      <NativeSelect
        label={t('reports.by')}
        value={by}
        data={GROUPS.map((value) => ({ value, label: t(`reports.bys.${value}`) }))}
        onChange={(event) => filters.set('by', event.currentTarget.value)}
      />
      {(['from', 'to'] as const).map((name) => (
        <TextInput
          key={name}
          type="date"
          label={t(`reports.${name}`)}
          value={asked[name] ?? ''}
          onChange={(event) => filters.set(name, event.currentTarget.value)}
        />
      ))}
      {(['campaign', 'provider'] as const).map((name) => (
        <TextFilter
          key={`${name} ${filters.get(name)}`}
          label={t(`payouts.filters.${name}`)}
          value={filters.get(name)}
          set={(value) => filters.set(name, value)}
        />
      ))}
      <ClearFilters filters={filters} />
    </Group>
  );
}

const daysBefore = (now: string, days: number): string =>
  new Date(Date.parse(now) - days * 86_400_000).toISOString().slice(0, 10);

/** All pages, up to so many as a page can show. */
async function allSums(query: Record<string, string>, signal: AbortSignal) {
  const items: PayoutSum[] = [];
  let cursor: string | null = '';
  for (let page = 0; page < PAGES_MAX && cursor !== null; page += 1) {
    const got: Awaited<ReturnType<typeof reportsPayouts>> = await reportsPayouts({
      query: { ...query, limit: 200, ...(cursor === '' ? {} : { cursor }) },
      signal,
    });
    items.push(...got.items);
    cursor = got.next;
  }
  return { items, cut: cursor !== null };
}

function Payouts({ sums, by, asked }: { sums: readonly PayoutSum[]; by: GroupBy; asked: Record<string, string> }) {
  const { t } = useTranslation();
  const groups = grouped(sums, by);
  const states = ORDER.filter((state) => groups.some(({ counts }) => (counts[state] ?? 0) > 0));
  const link = (count: number, name?: string, state?: string) => (
    <Anchor component={Link} to={rowsOf(asked, by, name, state)} inherit>
      <Count of={count} />
    </Anchor>
  );
  const money = ({ totals }: Sums) =>
    Object.entries(totals).map(([currency, value]) => (
      <div key={currency}>
        <Amount money={{ value: String(value), currency }} />
      </div>
    ));
  const whole: Sums = grouped(
    sums.map((sum) => ({ ...sum, [by]: '' })),
    by,
  )[0] ?? { name: '', counts: {}, count: 0, totals: {} };
  return (
    <>
      <Chart groups={groups} states={states} name={(state) => t(`states.payout.${state as PayoutState}`)} />
      <Rows
        rows={[...groups, whole]}
        keyOf={({ name }) => name}
        label={t('reports.payouts')}
        columns={[
          {
            name: t(`reports.bys.${by}`),
            of: ({ name }) =>
              name === '' ? <strong>{t('reports.total')}</strong> : <span className="figures nowrap">{name}</span>,
          },
          ...states.map((state) => ({
            name: t(`states.payout.${state}`),
            right: true,
            of: ({ name, counts }: Sums) => {
              const count = counts[state] ?? 0;
              return count === 0 ? <Count of={0} /> : link(count, name === '' ? undefined : name, state);
            },
          })),
          {
            name: t('reports.count'),
            right: true,
            of: ({ name, count }: Sums) => link(count, name === '' ? undefined : name),
          },
          { name: t('payouts.amount'), right: true, of: money },
        ]}
      />
    </>
  );
}
