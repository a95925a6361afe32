/**
 * Events as they come in: who by id, what by name, when, and what each did; never what stood in it. Also what came too late.
 */
import { Anchor, Button, Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { given, useFilters, useList, useRead } from '../../api/lists.js';
import { polled } from '../../api/following.js';
import { useLive, type Live } from '../../api/live.js';
import { CALM_MS } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { attentionList, eventlogList } from '../../client/sdk.gen.js';
import type { LoggedEvent } from '../../client/types.gen.js';
import { ClearFilters } from '../../parts/clear-filters.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More, Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Age, Count, Moment } from '../../parts/values.js';
import { LateOnes } from './late.js';

/** Somebody watches what they have just caused. */
const WATCH_MS = 1_000;
const FOLLOWED = ['events', 'attention'] as const;

export function Component() {
  const { t } = useTranslation();
  const may = useMay();
  const filters = useFilters();
  const [paused, setPaused] = useState(false);
  const live = useLive(paused ? [] : FOLLOWED, WATCH_MS);
  const only = given({ customer: filters.get('customer'), name: filters.get('name') });
  const list = useList(
    ['events', only],
    (page, signal) => eventlogList({ query: { ...page, limit: 50, ...only }, signal }),
    paused ? {} : live.polled,
  );
  const events = list.data ?? [];
  /** Whoever looks back does not want the page to move under them. */
  const goBack = () => {
    setPaused(true);
    return list.fetchNextPage();
  };
  const columns = useColumns();
  return (
    <Page
      title={t('places.events')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('events', list)} everyMs={WATCH_MS} />}
      actions={
        <Button
          variant="default"
          aria-pressed={paused}
          leftSection={<Icon name={paused ? 'play' : 'pause'} size={16} />}
          onClick={() => setPaused(!paused)}
        >
          {t(paused ? 'events.goOn' : 'events.pause')}
        </Button>
      }
    >
      <Backlog polled={polled(live.following, CALM_MS)} />
      <Group gap="sm" align="flex-end" className="filters">
        {(['customer', 'name'] as const).map((name) => (
          <TextInput
            key={`${name} ${filters.get(name)}`}
            label={t(`events.${name}`)}
            defaultValue={filters.get(name)}
            onBlur={(event) => {
              if (event.currentTarget.value.trim() !== filters.get(name))
                filters.set(name, event.currentTarget.value.trim());
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') event.currentTarget.blur();
            }}
          />
        ))}
        <ClearFilters filters={filters} />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Section title={t('events.newest')} note={t('events.note')}>
        {list.data && events.length === 0 ? (
          <Empty icon="inbox" title={t(filters.any ? 'common.nothingFits' : 'events.none')} />
        ) : (
          <Rows rows={events} keyOf={({ no }) => String(no)} label={t('events.newest')} columns={columns} />
        )}
        <More {...list} shown={events.length} fetchNextPage={goBack} />
      </Section>
      {may('lateresponses.list') && <LateOnes />}
    </Page>
  );
}

/** What came in and has not arrived where it belongs, as the attention list knows it. */
function Backlog(asked: Pick<Live, 'polled'>) {
  const { t } = useTranslation();
  const backlog = useRead(
    ['attention', 'event_backlog'],
    (signal) => attentionList({ query: { code: 'event_backlog', limit: 200 }, signal }),
    asked.polled,
  );
  if (!backlog.data) return null;
  const { items, now } = backlog.data;
  if (items.length === 0)
    return (
      <Text size="sm" c="dimmed" data-backlog="0">
        <Icon name="check" size={16} /> {t('events.noBacklog')}
      </Text>
    );
  return items.map((item) => (
    <Text key={`${item.subject} ${item.cause}`} size="sm" data-backlog={item.count}>
      <Icon name="alert" size={16} /> {item.subject} {item.cause}: <Count of={item.count} />,{' '}
      <Age since={item.firstSeen} now={now} />
    </Text>
  ));
}

function useColumns() {
  const { t } = useTranslation();
  return [
    { name: t('events.receivedAt'), of: ({ receivedAt }: LoggedEvent) => <Moment at={receivedAt} /> },
    { name: t('events.name'), of: ({ name, no }: LoggedEvent) => <strong data-event={no}>{name}</strong> },
    {
      name: t('events.customer'),
      of: ({ customer }: LoggedEvent) => (
        <Anchor component={Link} to={`/customers/${encodeURIComponent(customer)}`} className="id" inherit>
          {customer}
        </Anchor>
      ),
    },
    { name: t('events.occurredAt'), of: ({ occurredAt }: LoggedEvent) => <Moment at={occurredAt} /> },
    { name: t('events.did'), of: (event: LoggedEvent) => <Did event={event} /> },
    { name: t('events.messageId'), of: ({ messageId }: LoggedEvent) => <span className="id">{messageId}</span> },
  ];
}

function Did({ event: { answered, late, entered } }: { event: LoggedEvent }) {
  const { t } = useTranslation();
  const did = [
    ...answered.map(({ run, node }) => ({ what: 'answered' as const, run, node })),
    ...late.map(({ run, node }) => ({ what: 'late' as const, run, node })),
    ...entered.map((run) => ({ what: 'entered' as const, run, node: '' })),
  ];
  if (did.length === 0)
    return (
      <Text c="dimmed" span>
        {t('events.nothing')}
      </Text>
    );
  return did.map(({ what, run, node }) => (
    <div key={`${what} ${run} ${node}`} data-did={what}>
      {t(`events.dids.${what}`)}{' '}
      <Anchor component={Link} to={`/runs/${encodeURIComponent(run)}`} className="id" inherit>
        {run}
      </Anchor>{' '}
      {node}
    </div>
  ));
}
