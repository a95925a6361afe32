/**
 * Customers come in by a table: its columns are said first, then what would become of its rows is seen, and only then are they taken. What stands in a
 * file is shown as text and nothing else.
 */
import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { saidNowhere } from '../../api/problem.js';
import type { CustomerColumns, CustomerImport } from '../../client/types.gen.js';
import { columnsOf, queryOf, targetOf, type Column } from '../../customers/columns.js';
import { Mapping } from '../../customers/mapping.js';
import { lookAt, upload, type Whole } from '../../customers/uploading.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Facts, Page, Section } from '../../parts/page.js';
import { Count } from '../../parts/values.js';
import { ChooseFile, FirstRows, Sent } from '../../segments/file.js';
import type { TableFile } from '../../segments/uploading.js';

export function Component() {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<TableFile & { no: number }>({ file: null, charset: 'utf-8', no: 0 });
  const [done, setDone] = useState<CustomerImport | null>(null);
  const { file, charset, no } = chosen;
  const begun = useQuery({
    queryKey: ['customer-columns', no],
    queryFn: async ({ signal }) =>
      file === null ? null : await lookAt({ file, charset }, { progress: () => undefined, signal }),
    enabled: file !== null,
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Page title={t('making.upload')} up={{ to: '/customers', label: t('places.customers') }}>
      <Section title={t('segments.file')} note={t('making.fileNote')}>
        <Stack gap="sm" className="section-body">
          <ChooseFile
            file={file}
            charset={charset}
            set={(to) => {
              setChosen({ ...to, no: no + 1 });
              setDone(null);
            }}
          />
          {begun.isError && <Failure error={begun.error} again={() => void begun.refetch()} />}
        </Stack>
      </Section>
      {done && <Done counts={done} />}
      {!done && file && begun.data && <Table key={no} whole={{ file, charset }} begun={begun.data} done={setDone} />}
    </Page>
  );
}

interface TableProps {
  whole: Whole;
  begun: CustomerColumns;
  done: (counts: CustomerImport) => void;
}

function Table({ whole, begun, done }: TableProps) {
  const { t } = useTranslation();
  const [columns, setColumns] = useState<Column[]>(() => columnsOf(begun));
  const [sent, setSent] = useState<number | null>(null);
  const [giving] = useState(() => new AbortController());
  useEffect(() => () => giving.abort(), [giving]);
  const map = queryOf(begun.head.header, columns);
  const send = async (preview: boolean) => {
    setSent(0);
    const how = { preview, progress: setSent, signal: giving.signal };
    return await upload(whole, map, how).finally(() => setSent(null));
  };
  const looking = useMutation({ mutationFn: () => send(true) });
  const targets = columns.map(targetOf);
  const left = saidNowhere(looking.error, targets);
  return (
    <Section title={t('making.columns')} note={t('making.columnsNote')}>
      <Mapping
        begun={begun}
        columns={columns}
        error={looking.error}
        set={(n, to) => {
          looking.reset();
          setColumns(columns.map((column, other) => (other === n ? to : column)));
        }}
      />
      <FirstRows head={begun.head} marked={null} />
      <Stack gap="sm" className="section-body">
        {sent !== null && <Sent share={sent} />}
        {left !== null && <Failure error={left} />}
        {looking.data && <Becomes counts={looking.data} />}
      </Stack>
      <Group justify="flex-end" className="section-foot">
        <Button
          variant="default"
          loading={looking.isPending}
          disabled={!targets.includes('id')}
          leftSection={<Icon name="search" size={16} />}
          onClick={() => looking.mutate()}
        >
          {t('making.look')}
        </Button>
        {looking.data && (
          <Decision
            verb={t('making.take', { count: looking.data.received })}
            icon="upload"
            blocked={looking.data.received === 0}
            effect={
              <Stack gap="xs">
                <Text>{t('making.takeEffect')}</Text>
                <Becomes counts={looking.data} />
                {sent !== null && <Sent share={sent} />}
              </Stack>
            }
            decide={async () => done(await send(false))}
          />
        )}
      </Group>
    </Section>
  );
}

function Becomes({ counts }: { counts: CustomerImport }) {
  const { t } = useTranslation();
  return (
    <Facts
      facts={(['received', 'created', 'updated', 'unchanged'] as const).map((name) => [
        t(`making.counts.${name}`),
        <span data-counts={name}>
          <Count of={counts[name]} />
        </span>,
      ])}
    />
  );
}

function Done({ counts }: { counts: CustomerImport }) {
  const { t } = useTranslation();
  return (
    <Section title={t('making.taken')}>
      <div data-taken={counts.received}>
        <Becomes counts={counts} />
      </div>
      <Group className="section-foot">
        <Anchor component={Link} to="/customers">
          {t('customers.find')}
        </Anchor>
      </Group>
    </Section>
  );
}
