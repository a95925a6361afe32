/**
 * The audit log: who did what, when and why, the newest first; each line with its seal, and the end of the sealed chain.
 */
import '../../styles/books.css';
import { Button, Group, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { given, useFilters, useList, useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { auditlogHead, auditlogList } from '../../client/sdk.gen.js';
import type { AuditLine } from '../../client/types.gen.js';
import { ClearFilters } from '../../parts/clear-filters.js';
import { Failure } from '../../parts/failure.js';
import { TextFilter } from '../../parts/filters.js';
import { More, Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Facts, Page, Section } from '../../parts/page.js';
import { AsOf, Count, Moment } from '../../parts/values.js';

const LINES_AT_ONCE = 50;
const TEXTS = ['actor', 'action', 'subject'] as const;
const TIMES = ['from', 'to'] as const;
/** What is typed is Seoul's time. */
const instant = (local: string) => (local === '' ? '' : new Date(`${local}+09:00`).toISOString());

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const asked = given({
    ...Object.fromEntries(TEXTS.map((name) => [name, filters.get(name)])),
    ...Object.fromEntries(TIMES.map((name) => [name, instant(filters.get(name))])),
  });
  const list = useList(['audit-log', asked], (page, signal) =>
    auditlogList({ query: { ...page, ...asked, limit: LINES_AT_ONCE }, signal }),
  );
  const lines = list.data ?? [];
  return (
    <Page
      title={t('places.auditLog')}
      beside={<AsOf readAt={list.dataUpdatedAt} />}
      actions={
        <Button variant="default" onClick={() => void list.refetch()}>
          {t('common.refresh')}
        </Button>
      }
    >
      <Head />
      <Group gap="sm" align="flex-start" className="filters">
        {TEXTS.map((name) => (
          <TextFilter
            key={`${name} ${filters.get(name)}`}
            label={t(`log.${name}`)}
            placeholder={t(`log.${name}Note`)}
            value={filters.get(name)}
            set={(value) => filters.set(name, value)}
          />
        ))}
        {TIMES.map((name) => (
          <TextInput
            key={name}
            type="datetime-local"
            label={t(`log.${name}`)}
            value={filters.get(name)}
            onChange={(event) => filters.set(name, event.currentTarget.value)}
          />
        ))}
        <ClearFilters filters={filters} />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && lines.length === 0 ? (
        <Empty
          icon="search"
          title={t(filters.any ? 'common.nothingFits' : 'log.none')}
          action={filters.any && <Button onClick={filters.clear}>{t('common.clear')}</Button>}
        />
      ) : (
        <Section title={t('places.auditLog')}>
          <Lines lines={lines} />
          <More {...list} shown={lines.length} />
        </Section>
      )}
    </Page>
  );
}

function Head() {
  const { t } = useTranslation();
  const head = useRead(['audit-log', 'head'], (signal) => auditlogHead({ signal }), { everyMs: CALM_MS });
  return (
    <Section title={t('log.head')} note={t('log.headNote')}>
      <Loaded query={head}>
        {({ no, hash, sealedAt, unsealed }) => (
          <Facts
            facts={[
              [t('log.seals'), <Count of={no} />],
              [t('log.hash'), <span className="id">{hash}</span>],
              [t('log.sealedAt'), <Moment at={sealedAt} />],
              [t('log.unsealed'), <Count of={unsealed} />],
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function Lines({ lines }: { lines: readonly AuditLine[] }) {
  const { t } = useTranslation();
  return (
    <Rows
      rows={lines}
      keyOf={({ no }) => String(no)}
      label={t('places.auditLog')}
      columns={[
        { name: t('log.no'), right: true, of: ({ no }) => <Count of={no} /> },
        { name: t('common.at'), of: ({ at }) => <Moment at={at} /> },
        {
          name: t('log.actor'),
          of: ({ actor, actorName }) => (
            <span className={actorName === null ? 'id' : undefined} title={actor}>
              {actorName ?? actor}
            </span>
          ),
        },
        { name: t('log.action'), of: ({ action }) => <span className="id nowrap">{action}</span> },
        { name: t('log.subject'), of: ({ subject }) => <span className="id">{subject}</span> },
        { name: t('common.reason'), of: ({ reason }) => reason },
        { name: t('log.change'), of: (line) => <Change of={line} /> },
        {
          name: t('log.seal'),
          of: ({ seal }) =>
            seal === null ? (
              t('log.unsealed')
            ) : (
              <span className="id nowrap" title={seal.hash}>
                {seal.no} · {seal.hash.slice(0, 8)}
              </span>
            ),
        },
      ]}
    />
  );
}

function Change({ of: { before, after } }: { of: AuditLine }) {
  const { t } = useTranslation();
  if ((before ?? null) === null && (after ?? null) === null) return null;
  const part = (name: string, value: unknown) =>
    (value ?? null) !== null && (
      <>
        <div>{name}</div>
        <pre>{JSON.stringify(value, null, 1)}</pre>
      </>
    );
  return (
    <details className="change">
      <summary>{t('log.show')}</summary>
      {part(t('log.before'), before)}
      {part(t('log.after'), after)}
    </details>
  );
}
