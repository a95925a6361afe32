/**
 * A file becomes the settlement of a provider's day: it is read first, so that whoever uploads it sees its rows, or every fault of it by its line.
 * What stands in a file is shown as text and nothing else.
 */
import '../../styles/books.css';
import { Button, FileButton, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { settlementsMatch, settlementsRefused, settlementsUpload } from '../../client/sdk.gen.js';
import type { SettlementKept } from '../../client/types.gen.js';
import { download } from '../../api/taking.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const isWorkbook = (file: File) => file.name.toLowerCase().endsWith('.xlsx');

interface Of {
  provider: string;
  day: string;
}
type Read = { kept: SettlementKept } | { error: unknown } | null;

/** The generated client knows no body of a file: it goes as it is. */
const sent = (file: File, charset: string) => ({
  body: file as never,
  bodySerializer: null,
  headers: { 'Content-Type': isWorkbook(file) ? XLSX : `text/csv; charset=${charset}` },
});

export function Upload({ providers, of }: { providers: readonly string[]; of?: Of }) {
  const { t } = useTranslation();
  const [path, setPath] = useState<Of>(of ?? { provider: providers[0] ?? '', day: '' });
  const [charset, setCharset] = useState('utf-8');
  const [file, setFile] = useState<File | null>(null);
  const [read, setRead] = useState<Read>(null);

  const look = async (chosen: File | null, at: Of, by: string) => {
    setFile(chosen);
    setPath(at);
    setCharset(by);
    setRead(null);
    if (!chosen || at.provider === '' || at.day === '') return;
    try {
      setRead({ kept: await settlementsUpload({ path: at, query: { preview: 'true' }, ...sent(chosen, by) }) });
    } catch (error) {
      setRead({ error });
    }
  };
  const kept = read && 'kept' in read ? read.kept : null;
  const refused = async () => {
    if (!file) return;
    const csv = await settlementsRefused({ path, parseAs: 'blob', ...sent(file, charset) });
    download(`refused-${path.provider}-${path.day}.csv`, csv as unknown as Blob);
  };
  return (
    <Decision
      verb={kept ? t('settlements.uploadRows', { count: kept.file.rows }) : t('settlements.upload')}
      opener={t(of ? 'settlements.uploadShort' : 'settlements.upload')}
      icon="upload"
      quiet={of !== undefined}
      blocked={kept === null}
      wide
      effect={
        <Stack gap="sm">
          <Text>{t('settlements.uploadEffect')}</Text>
          <Text size="sm" c="dimmed">
            {t('settlements.fileNote')}
          </Text>
          <Group grow align="flex-start">
            <TextInput
              label={t('settlements.provider')}
              value={path.provider}
              list="providers"
              required
              onChange={(event) => void look(file, { ...path, provider: event.currentTarget.value.trim() }, charset)}
            />
            <datalist id="providers">
              {providers.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
            <TextInput
              type="date"
              label={t('settlements.day')}
              value={path.day}
              required
              onChange={(event) => void look(file, { ...path, day: event.currentTarget.value }, charset)}
            />
            <NativeSelect
              label={t('settlements.charset')}
              value={charset}
              data={[
                { value: 'utf-8', label: t('settlements.charsets.utf8') },
                { value: 'euc-kr', label: t('settlements.charsets.eucKr') },
              ]}
              onChange={(event) => void look(file, path, event.currentTarget.value)}
            />
          </Group>
          <Group gap="sm">
            <FileButton accept={`.csv,.xlsx,text/csv,${XLSX}`} onChange={(chosen) => void look(chosen, path, charset)}>
              {(props) => (
                <Button {...props} variant="default" leftSection={<Icon name="upload" size={16} />}>
                  {t('settlements.choose')}
                </Button>
              )}
            </FileButton>
            {file && <Text size="sm">{t('settlements.chosen', { name: file.name })}</Text>}
          </Group>
          {read && 'error' in read && (
            <>
              <Failure error={read.error} />
              <Button variant="default" size="xs" className="start" onClick={() => void refused()}>
                {t('settlements.refused')}
              </Button>
            </>
          )}
          {kept?.unchanged && <Text fw={600}>{t('settlements.unchanged')}</Text>}
          {kept?.head && <Preview head={kept.head} />}
        </Stack>
      }
      decide={async () => {
        if (!file) return;
        await settlementsUpload({ path, ...sent(file, charset) });
        await settlementsMatch({ path });
        await look(null, path, charset);
      }}
    />
  );
}

function Preview({ head: { header, rows } }: { head: NonNullable<SettlementKept['head']> }) {
  const { t } = useTranslation();
  return (
    <div className="preview">
      <Text size="sm" fw={600}>
        {t('settlements.preview')}
      </Text>
      <Rows
        rows={rows}
        keyOf={({ line }) => String(line)}
        label={t('settlements.preview')}
        columns={header.map((name, n) => ({
          name,
          of: ({ cells }: (typeof rows)[number]) => <span className="id">{cells[n]}</span>,
        }))}
      />
    </div>
  );
}
