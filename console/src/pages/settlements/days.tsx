/**
 * Days of providers: what is there of each, what the match found, and what is open, with sums by currency. The newest stands first.
 */
import { Anchor, Group, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { given, useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { CALM_MS } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { settlementsFetch, settlementsListDays, settlementsMatch } from '../../client/sdk.gen.js';
import type { SettlementDay } from '../../client/types.gen.js';
import { seoulTime } from '../../format/time.js';
import { ClearFilters } from '../../parts/clear-filters.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { TextFilter } from '../../parts/filters.js';
import { More, Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Amount, Count } from '../../parts/values.js';
import { Upload } from './upload.js';

/** A month: sums are added up when they are asked for. */
const DAYS_AT_ONCE = 31;

export function Component() {
  const { t } = useTranslation();
  const may = useMay();
  const filters = useFilters();
  const columns = useColumns();
  const live = useLive(['breaks']);
  const asked = given({ provider: filters.get('provider'), from: filters.get('from'), to: filters.get('to') });
  const list = useList(
    ['breaks', 'days', asked],
    (page, signal) => settlementsListDays({ query: { ...page, ...asked, limit: DAYS_AT_ONCE }, signal }),
    { everyMs: CALM_MS },
  );
  const days = list.data ?? [];
  const upload = may('settlements.upload') && <Upload providers={[...new Set(days.map(({ provider }) => provider))]} />;
  return (
    <Page
      title={t('places.settlements')}
      // what is told is of persons and matches; the ledger's side is as of when it was read
      beside={<LiveAsOf following={live.following} readAt={list.dataUpdatedAt} everyMs={CALM_MS} />}
      actions={upload}
    >
      <Group gap="sm" align="flex-end" className="filters">
        <TextFilter
          key={filters.get('provider')}
          label={t('settlements.provider')}
          value={filters.get('provider')}
          set={(value) => filters.set('provider', value)}
        />
        {(['from', 'to'] as const).map((name) => (
          <TextInput
            key={name}
            type="date"
            label={t(`settlements.${name}`)}
            value={filters.get(name)}
            onChange={(event) => filters.set(name, event.currentTarget.value)}
          />
        ))}
        <ClearFilters filters={filters} />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && days.length === 0 ? (
        <Empty icon="upload" title={t(filters.any ? 'common.nothingFits' : 'settlements.none')} action={upload} />
      ) : (
        <Section title={t('settlements.days')}>
          <Rows
            rows={days}
            keyOf={({ provider, day }) => `${provider} ${day}`}
            label={t('settlements.days')}
            columns={columns}
          />
          {list.hasNextPage && <More {...list} shown={days.length} />}
        </Section>
      )}
    </Page>
  );
}

function useColumns() {
  const { t } = useTranslation();
  return [
    { name: t('settlements.day'), of: ({ day }: SettlementDay) => <span className="figures nowrap">{day}</span> },
    {
      name: t('settlements.provider'),
      of: ({ provider }: SettlementDay) => <span className="id nowrap">{provider}</span>,
    },
    { name: t('common.state'), of: ({ state }: SettlementDay) => <State kind="settlementDay" state={state} /> },
    {
      name: t('settlements.file'),
      of: ({ file }: SettlementDay) =>
        file && (
          <span className="nowrap" title={`${file.id}, ${seoulTime(file.at)} KST`}>
            {t('settlements.version', { version: file.version })}, {t(`settlements.sources.${file.source}`)}
          </span>
        ),
    },
    { name: t('settlements.posted'), right: true, of: ({ match }: SettlementDay) => <Count of={match?.posted} /> },
    { name: t('settlements.rows'), right: true, of: ({ file }: SettlementDay) => <Count of={file?.rows} /> },
    {
      name: t('settlements.matchedRows'),
      right: true,
      of: ({ match }: SettlementDay) => <Count of={match?.matched} />,
    },
    {
      name: t('settlements.sum'),
      right: true,
      of: ({ sums, file }: SettlementDay) =>
        file && sums.map((sum) => <Sum key={sum.currency} value={sum.settlement} currency={sum.currency} />),
    },
    {
      name: t('settlements.open'),
      right: true,
      of: ({ open, provider, day }: SettlementDay) =>
        open === 0 ? (
          <Count of={0} />
        ) : (
          <Anchor
            component={Link}
            to={`/breaks?${new URLSearchParams({ provider, day, state: 'open' }).toString()}`}
            inherit
            className="nowrap"
          >
            {t('settlements.openCount', { count: open })}
          </Anchor>
        ),
    },
    {
      name: t('settlements.openSum'),
      right: true,
      of: ({ sums }: SettlementDay) =>
        sums
          .filter(({ open }) => open !== '0')
          .map((sum) => <Sum key={sum.currency} value={sum.open} currency={sum.currency} />),
    },
    { name: t('common.decide'), of: (day: SettlementDay) => <Actions of={day} /> },
  ];
}

function Sum(money: { value: string; currency: string }) {
  return (
    <div>
      <Amount money={money} />
    </div>
  );
}

function Actions({ of: { provider, day, file } }: { of: SettlementDay }) {
  const { t } = useTranslation();
  const may = useMay();
  const path = { provider, day };
  const which = (
    <strong className="id">
      {provider} {day}
    </strong>
  );
  return (
    <Group gap="xs" wrap="nowrap">
      {may('settlements.upload') && <Upload providers={[provider]} of={path} />}
      {may('settlements.fetch') && (
        <Decision
          verb={t('settlements.fetch')}
          icon="download"
          quiet
          effect={
            <>
              {t('settlements.fetchEffect')} {which}
            </>
          }
          decide={() => settlementsFetch({ path })}
        />
      )}
      {may('settlements.match') && file && (
        <Decision
          verb={t('settlements.match')}
          icon="scale"
          quiet
          effect={
            <>
              {t('settlements.matchEffect')} {which}
            </>
          }
          decide={() => settlementsMatch({ path })}
        />
      )}
    </Group>
  );
}
