/**
 * All segments, by key: what each is made of, and what uses it; and the lakes that some of them are asked of, as of their files.
 */
import { Anchor, Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useList, useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { CALM_MS } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { segmentfieldsStanding, segmentsList } from '../../client/sdk.gen.js';
import type { SegmentRecord, SegmentSources } from '../../client/types.gen.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More, Rows, type Column } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Count, Moment } from '../../parts/values.js';
import { Kind, kindOf } from '../../segments/kind.js';
import { groupWords } from '../../segments/rule/words.js';
import { useRuleWords } from '../../segments/use-words.js';

const KINDS = ['rule', 'upload', 'lake'] as const;
const USES_SHOWN = 2;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const columns = useColumns();
  const live = useLive(['segments']);
  const list = useList(['segments'], (query, signal) => segmentsList({ query, signal }), live.polled);
  const text = filters.get('q').toLowerCase();
  const kind = filters.get('kind');
  const shown = (list.data ?? []).filter(
    (segment) =>
      (kind === '' || kindOf(segment) === kind) &&
      (segment.key.includes(text) || segment.name.toLowerCase().includes(text)),
  );
  return (
    <Page
      title={t('places.segments')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('segments', list)} />}
      actions={<Make />}
    >
      <Group gap="sm" align="flex-end">
        <TextInput
          label={t('segments.find')}
          leftSection={<Icon name="search" size={16} />}
          value={filters.get('q')}
          onChange={(event) => filters.set('q', event.currentTarget.value)}
        />
        <NativeSelect
          label={t('segments.made')}
          data={[
            { value: '', label: t('common.all') },
            ...KINDS.map((value) => ({ value, label: t(`segments.kind.${value}`) })),
          ]}
          value={kind}
          onChange={(event) => filters.set('kind', event.currentTarget.value)}
        />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Section title={t('places.segments')}>
        {list.data && shown.length === 0 ? (
          <Empty
            icon="filter"
            title={t(filters.any ? 'common.nothingFits' : 'segments.none')}
            action={!filters.any && <Make />}
          />
        ) : (
          <Rows rows={shown} keyOf={({ key }) => key} columns={columns} label={t('places.segments')} />
        )}
        <More {...list} shown={shown.length} />
      </Section>
      <Lakes />
    </Page>
  );
}

function Make() {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Group gap="xs">
      {may('uploads.upload') && (
        <Button component={Link} to="/segment-upload" variant="default" leftSection={<Icon name="upload" size={16} />}>
          {t('segments.upload')}
        </Button>
      )}
      {may('segments.put') && (
        <Button component={Link} to="/new-segment" leftSection={<Icon name="filter" size={16} />}>
          {t('segments.new')}
        </Button>
      )}
    </Group>
  );
}

function useColumns(): Column<SegmentRecord>[] {
  const { t } = useTranslation();
  const words = useRuleWords();
  return [
    {
      name: t('segments.called'),
      of: ({ key, name }) => (
        <>
          <Anchor component={Link} to={`/segments/${encodeURIComponent(key)}`} inherit fw={600}>
            {name}
          </Anchor>
          <Text size="xs" c="dimmed" className="id">
            {key}
          </Text>
        </>
      ),
    },
    { name: t('segments.made'), of: (segment) => <Kind segment={segment} /> },
    {
      name: t('segments.what'),
      of: ({ upload, rule }) =>
        upload ? (
          <span>
            {t('segments.listed', { count: upload.matched })}{' '}
            <Text span size="xs" c="dimmed">
              {t('segments.ofRows', { count: upload.rows })}
            </Text>
          </span>
        ) : (
          <span className="segment-words">{groupWords(rule, words)}</span>
        ),
    },
    { name: t('segments.usedBy'), of: ({ usedBy }) => <UsedBy campaigns={usedBy.campaigns} /> },
    { name: t('segments.no'), right: true, of: ({ version }) => version },
    { name: t('segments.by'), of: ({ createdBy }) => createdBy },
    { name: t('segments.at'), of: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
}

function UsedBy({ campaigns }: { campaigns: readonly string[] }) {
  const { t } = useTranslation();
  if (campaigns.length === 0) return <>–</>;
  return (
    <Group gap={6}>
      {campaigns.slice(0, USES_SHOWN).map((key) => (
        <Anchor key={key} component={Link} to={`/campaigns/${encodeURIComponent(key)}`} className="id" size="sm">
          {key}
        </Anchor>
      ))}
      {campaigns.length > USES_SHOWN && (
        <Text size="xs" c="dimmed">
          {t('segments.words.more', { count: campaigns.length - USES_SHOWN })}
        </Text>
      )}
    </Group>
  );
}

type Lake = SegmentSources['items'][number];

function Lakes() {
  const { t } = useTranslation();
  const lakes = useRead(['segment-sources'], (signal) => segmentfieldsStanding({ signal }), { everyMs: CALM_MS });
  if (!lakes.data || lakes.data.items.length === 0) return null;
  const files = (of: Lake['customers']) => (
    <>
      <Count of={of.files} />{' '}
      <Text span size="xs" c="dimmed">
        {t('segments.megabytes', { size: of.bytes / 1_000_000 })}
      </Text>
    </>
  );
  return (
    <Section title={t('segments.sources')} note={t('segments.sourcesNote')}>
      <Rows
        rows={lakes.data.items}
        keyOf={({ name }) => name}
        label={t('segments.sources')}
        columns={[
          { name: t('segments.source'), of: ({ name }) => <span className="id">{name}</span> },
          { name: t('segments.customerFiles'), right: true, of: ({ customers }) => files(customers) },
          {
            name: t('segments.customersAsOf'),
            of: ({ name, customers }) => (
              <span data-lake={name}>
                <Moment at={customers.newestAt} />
              </span>
            ),
          },
          { name: t('segments.eventFiles'), right: true, of: ({ events }) => files(events) },
          { name: t('segments.eventsAsOf'), of: ({ events }) => <Moment at={events.newestAt} /> },
        ]}
      />
    </Section>
  );
}
