/**
 * Tables taken out of the books, signed; and what was taken out so far, by whom.
 */
import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { given, useList } from '../../api/lists.js';
import { CALM_MS, queries } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { download, take, type Taken } from '../../api/taking.js';
import { exportsList } from '../../client/sdk.gen.js';
import type { Export } from '../../client/types.gen.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More, Rows } from '../../parts/list.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { TakenFile } from '../../parts/taken.js';
import { AsOf, Count, Moment } from '../../parts/values.js';

/** Each table with the filters that it heeds. */
const TABLES = {
  payouts: ['from', 'to', 'campaign', 'provider', 'budget'],
  entries: ['account', 'from', 'to'],
  'payout-report': ['from', 'to', 'campaign', 'provider'],
  'budget-report': [],
  'open-items-report': [],
  'lucky-box-draws': ['box'],
} as const;
type Table = keyof typeof TABLES;
const NAMES = Object.keys(TABLES) as Table[];

export function Component() {
  const { t } = useTranslation();
  const may = useMay();
  const [taken, setTaken] = useState<Taken | null>(null);
  const list = useList(['exports'], (query, signal) => exportsList({ query, signal }), { everyMs: CALM_MS });
  return (
    <Page title={t('places.exports')} beside={<AsOf readAt={list.dataUpdatedAt} />}>
      {may('exports.file') && <Take taken={setTaken} />}
      {taken && <TakenFile taken={taken} />}
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Section title={t('exports.soFar')}>
        {list.data?.length === 0 ? (
          <Empty icon="download" title={t('exports.none')} />
        ) : (
          <SoFar items={list.data ?? []} />
        )}
        {list.hasNextPage && <More {...list} shown={list.data?.length ?? 0} />}
      </Section>
    </Page>
  );
}

function Take({ taken }: { taken: (file: Taken) => void }) {
  const { t } = useTranslation();
  const [table, setTable] = useState<Table>('payouts');
  const [format, setFormat] = useState('csv');
  const [filters, setFilters] = useState<Record<string, string>>({});
  const heeded: readonly string[] = TABLES[table];
  const taking = useMutation({
    mutationFn: () =>
      take(
        `/v1/exports/${table}.${format}`,
        given(Object.fromEntries(heeded.map((name) => [name, (filters[name] ?? '').trim()]))),
      ),
    onSuccess: (file) => {
      download(file.name, file.content);
      taken(file);
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const label = (name: string) =>
    name === 'account' || name === 'box' ? t(`exports.${name}`) : t(`payouts.filters.${name as 'from'}`);
  return (
    <Section title={t('exports.title')} note={t('exports.takeNote')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          taking.mutate();
        }}
      >
        <Stack gap="sm" className="section-body">
          <Group gap="sm" align="flex-end">
            <NativeSelect
              label={t('exports.table')}
              value={table}
              data={NAMES.map((value) => ({ value, label: t(`exports.tables.${value}`) }))}
              onChange={(event) => setTable(event.currentTarget.value as Table)}
            />
            <NativeSelect
              label={t('exports.format')}
              value={format}
              data={['csv', 'xlsx']}
              onChange={(event) => setFormat(event.currentTarget.value)}
            />
            {heeded.map((name) => (
              <TextInput
                key={name}
                type={name === 'from' || name === 'to' ? 'date' : 'text'}
                label={label(name)}
                required={name === 'box'}
                value={filters[name] ?? ''}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  setFilters((before) => ({ ...before, [name]: value }));
                }}
              />
            ))}
            <Button type="submit" loading={taking.isPending} leftSection={<Icon name="download" size={16} />}>
              {t('exports.take')}
            </Button>
          </Group>
          {taking.isError && <Failure error={taking.error} />}
        </Stack>
      </form>
    </Section>
  );
}

function SoFar({ items }: { items: readonly Export[] }) {
  const { t } = useTranslation();
  return (
    <Rows
      rows={items}
      keyOf={({ no }) => String(no)}
      label={t('exports.soFar')}
      columns={[
        { name: t('log.no'), right: true, of: ({ no }) => <Count of={no} /> },
        { name: t('exports.at'), of: ({ at }) => <Moment at={at} /> },
        { name: t('exports.file'), of: ({ name }) => <span className="id nowrap">{name}</span> },
        {
          name: t('exports.query'),
          of: ({ query }) => (
            <span className="id">
              {Object.entries(query)
                .map(([key, value]) => `${key}=${String(value)}`)
                .join(' ')}
            </span>
          ),
        },
        { name: t('taken.bytes'), right: true, of: ({ bytes }) => <Count of={bytes} /> },
        { name: t('taken.hash'), of: ({ sha256 }) => <span className="id">{sha256}</span> },
        {
          name: t('taken.signature'),
          of: ({ signatures }) =>
            Object.entries(signatures).map(([key, signature]) => (
              <details key={key} className="change">
                <summary className="id">{key}</summary>
                <pre>{signature}</pre>
              </details>
            )),
        },
        { name: t('exports.who'), of: ({ actor }) => <span className="id">{actor}</span> },
      ]}
    />
  );
}
