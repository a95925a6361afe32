/**
 * A file becomes the settlement of a provider's day: it is read first, so that whoever uploads it sees its rows, or every fault of it by its line.
 * What stands in a file is shown as text and nothing else.
 */
import '../../styles/books.css';
import { Button, FileButton, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
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
interface Chosen extends Of {
  charset: string;
  file: File | null;
}

/** The generated client knows no body of a file: it goes as it is. */
const sent = ({ provider, day }: Of, file: File, charset: string) => ({
  path: { provider, day },
  body: file as never,
  bodySerializer: null,
  headers: { 'Content-Type': isWorkbook(file) ? XLSX : `text/csv; charset=${charset}` },
});

/** How the file that is chosen is read; nothing is kept by that. */
function useReading({ file, provider, day, charset }: Chosen) {
  const which = file && [file.name, file.size, file.lastModified];
  return useQuery({
    queryKey: ['settlement-preview', which, provider, day, charset],
    queryFn: async () => {
      if (!file) return null;
      return await settlementsUpload({ query: { preview: 'true' }, ...sent({ provider, day }, file, charset) });
    },
    enabled: file !== null && provider !== '' && day !== '',
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

export function Upload({ providers, of }: { providers: readonly string[]; of?: Of }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Chosen>({
    provider: of?.provider ?? providers[0] ?? '',
    day: of?.day ?? '',
    charset: 'utf-8',
    file: null,
  });
  const { file, charset } = chosen;
  const reading = useReading(chosen);
  const kept = reading.data ?? null;
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
          <Which providers={providers} chosen={chosen} set={setChosen} />
          {reading.isError && <Refused error={reading.error} chosen={chosen} />}
          {kept?.unchanged && <Text fw={600}>{t('settlements.unchanged')}</Text>}
          {kept?.head && <Preview head={kept.head} />}
        </Stack>
      }
      decide={async () => {
        if (!file) return;
        const given = sent(chosen, file, charset);
        await settlementsUpload(given);
        await settlementsMatch({ path: given.path });
        setChosen({ ...chosen, file: null });
      }}
    />
  );
}

interface WhichProps {
  providers: readonly string[];
  chosen: Chosen;
  set: (chosen: Chosen) => void;
}

function Which({ providers, chosen, set }: WhichProps) {
  const { t } = useTranslation();
  return (
    <>
      <Group grow align="flex-start">
        <TextInput
          label={t('settlements.provider')}
          defaultValue={chosen.provider}
          list="providers"
          required
          // the file is read anew for each provider, not for each letter of its name
          onBlur={(event) => set({ ...chosen, provider: event.currentTarget.value.trim() })}
        />
        <datalist id="providers">
          {providers.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <TextInput
          type="date"
          label={t('settlements.day')}
          value={chosen.day}
          required
          onChange={(event) => set({ ...chosen, day: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('settlements.charset')}
          value={chosen.charset}
          data={[
            { value: 'utf-8', label: t('settlements.charsets.utf8') },
            { value: 'euc-kr', label: t('settlements.charsets.eucKr') },
          ]}
          onChange={(event) => set({ ...chosen, charset: event.currentTarget.value })}
        />
      </Group>
      <Group gap="sm">
        <FileButton accept={`.csv,.xlsx,text/csv,${XLSX}`} onChange={(file) => set({ ...chosen, file })}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<Icon name="upload" size={16} />}>
              {t('settlements.choose')}
            </Button>
          )}
        </FileButton>
        {chosen.file && <Text size="sm">{t('settlements.chosen', { name: chosen.file.name })}</Text>}
      </Group>
    </>
  );
}

/** The first faults; all of them as a file. */
function Refused({ error, chosen }: { error: unknown; chosen: Chosen }) {
  const { t } = useTranslation();
  const { file, provider, day, charset } = chosen;
  const listing = useMutation({
    mutationFn: async () => {
      if (!file) return;
      const csv = await settlementsRefused({ parseAs: 'blob', ...sent(chosen, file, charset) });
      download(`refused-${provider}-${day}.csv`, csv as Blob);
    },
  });
  return (
    <>
      <Failure error={error} />
      {listing.isError && <Failure error={listing.error} />}
      <Button
        variant="default"
        size="xs"
        className="start"
        loading={listing.isPending}
        onClick={() => listing.mutate()}
      >
        {t('settlements.refused')}
      </Button>
    </>
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
