/**
 * A list of customers becomes a segment: the file is looked at first, by whichever of its columns has the ids, and nothing is kept by that. What stands in
 * a file is shown as text and nothing else.
 */
import { Anchor, Button, FileButton, Group, NativeSelect, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useRead } from '../../api/lists.js';
import { send } from '../../api/sending.js';
import { segmentsFind } from '../../client/sdk.gen.js';
import type { SegmentUploaded } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Page, Section } from '../../parts/page.js';
import { RefusedRows, UploadCounts } from '../../segments/upload-section.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const isWorkbook = (file: File) => file.name.toLowerCase().endsWith('.xlsx');
/** A look at a file needs some key, and keeps none. */
const NO_KEY = 'preview';

interface Chosen {
  file: File | null;
  charset: string;
  /** Null: not chosen; the API takes the one called id, or the first. */
  column: string | null;
}
interface Target {
  key: string;
  name: string;
}

async function upload(
  { key, name }: Target,
  { file, charset, column }: Chosen & { file: File },
  how: { preview: boolean; progress: (share: number) => void; signal: AbortSignal },
): Promise<SegmentUploaded> {
  const query = new URLSearchParams({
    name,
    ...(how.preview ? { preview: 'true' } : {}),
    ...(column === null ? {} : { column }),
  });
  return await send<SegmentUploaded>({
    url: `/v1/segments/${encodeURIComponent(key)}/upload?${query.toString()}`,
    file,
    type: isWorkbook(file) ? XLSX : `text/csv; charset=${charset}`,
    ...how,
  });
}

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const of = filters.get('key');
  const known = useRead(['segments', of], (signal) => segmentsFind({ path: { key: of }, signal }), {
    enabled: of !== '',
  });
  const [target, setTarget] = useState<Target>({ key: of, name: '' });
  const [chosen, setChosen] = useState<Chosen>({ file: null, charset: 'utf-8', column: null });
  const [read, setRead] = useState(0);
  const [sent, setSent] = useState<number | null>(null);
  const [kept, setKept] = useState<SegmentUploaded | null>(null);
  const { file, charset, column } = chosen;
  useEffect(() => {
    if (known.data) setTarget((before) => (before.name === '' ? { ...before, name: known.data.name } : before));
  }, [known.data]);
  const look = useQuery({
    queryKey: ['segment-look', file && [file.name, file.size, file.lastModified], charset, column],
    queryFn: async ({ signal }) =>
      file &&
      (await upload(
        { key: NO_KEY, name: NO_KEY },
        { file, charset, column },
        { preview: true, progress: setRead, signal },
      )),
    enabled: file !== null && kept === null,
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
    placeholderData: (before) => before,
  });
  const looked = file && look.data;
  const count = looked?.counts.matched ?? 0;
  const ready = !!looked && !look.isFetching && !look.isError && target.key !== '' && target.name.trim() !== '';
  return (
    <Page title={t('segments.upload')} up={{ to: '/segments', label: t('places.segments') }}>
      {kept ? (
        <Kept kept={kept} again={() => setKept(null)} />
      ) : (
        <>
          <Section title={t('segments.file')} note={t('segments.fileNote')}>
            <Stack gap="sm" className="section-body">
              <Group gap="sm" align="flex-end">
                <FileButton
                  accept={`.csv,.xlsx,text/csv,${XLSX}`}
                  onChange={(to) => setChosen({ ...chosen, file: to, column: null })}
                >
                  {(props) => (
                    <Button {...props} variant="default" leftSection={<Icon name="upload" size={16} />}>
                      {t('segments.choose')}
                    </Button>
                  )}
                </FileButton>
                <NativeSelect
                  label={t('segments.charset')}
                  value={charset}
                  data={[
                    { value: 'utf-8', label: t('segments.charsets.utf8') },
                    { value: 'euc-kr', label: t('segments.charsets.eucKr') },
                  ]}
                  onChange={({ currentTarget }) => setChosen({ ...chosen, charset: currentTarget.value })}
                />
                {file && <Text size="sm">{t('segments.chosen', { name: file.name })}</Text>}
              </Group>
              {look.isFetching && <Sent share={read} />}
              {look.isError && <Failure error={look.error} again={() => void look.refetch()} />}
            </Stack>
          </Section>
          {looked?.head && (
            <Section title={t('segments.look')} note={t('segments.lookNote')}>
              <Mapping looked={looked} set={(to) => setChosen({ ...chosen, column: to })} />
              <UploadCounts counts={looked.counts} />
              <Head looked={looked} />
            </Section>
          )}
          <Section title={t('segments.becomes')}>
            <Group gap="sm" align="flex-end" className="section-body">
              <TextInput
                label={t('segments.key')}
                withAsterisk
                maxLength={64}
                readOnly={of !== ''}
                value={target.key}
                onChange={({ currentTarget }) => setTarget({ ...target, key: currentTarget.value.trim() })}
              />
              <TextInput
                label={t('segments.called')}
                withAsterisk
                maxLength={200}
                value={target.name}
                onChange={({ currentTarget }) => setTarget({ ...target, name: currentTarget.value })}
              />
              <div data-ready={ready}>
                <Decision
                  verb={t('segments.keep', { count })}
                  opener={looked ? t('segments.keepOpen', { count }) : t('segments.keepNone')}
                  icon="upload"
                  blocked={!ready}
                  effect={
                    <Stack gap="xs">
                      <Text>
                        {t(known.data ? 'segments.keepNext' : 'segments.keepFirst', {
                          ...target,
                          version: known.data?.version ?? 0,
                        })}
                      </Text>
                      {sent !== null && <Sent share={sent} />}
                    </Stack>
                  }
                  decide={async () => {
                    if (!file) return;
                    const { signal } = new AbortController();
                    const whole = { file, charset, column: looked?.column ?? column };
                    setSent(0);
                    const how = { preview: false, progress: setSent, signal };
                    setKept(await upload(target, whole, how).finally(() => setSent(null)));
                  }}
                />
              </div>
            </Group>
          </Section>
        </>
      )}
    </Page>
  );
}

function Sent({ share }: { share: number }) {
  const { t, i18n } = useTranslation();
  return (
    <div>
      <Text size="xs" c="dimmed">
        {t('segments.sent', { share: shareText(share, 1, i18n.language) })}
      </Text>
      <Progress value={share * 100} size="sm" aria-label={t('segments.sending')} />
    </div>
  );
}

/** Which column has the ids. */
function Mapping({ looked: { head, column }, set }: { looked: SegmentUploaded; set: (column: string) => void }) {
  const { t } = useTranslation();
  const names = [...new Set((head?.header ?? []).map((name) => name.trim()))];
  return (
    <div className="section-body">
      <NativeSelect
        className="mapping"
        label={t('segments.idColumn')}
        description={t('segments.idColumnNote')}
        inputWrapperOrder={['label', 'input', 'description']}
        data={names}
        value={column}
        onChange={({ currentTarget }) => set(currentTarget.value)}
      />
    </div>
  );
}

function Head({ looked: { head, column } }: { looked: SegmentUploaded }) {
  const { t } = useTranslation();
  if (!head) return null;
  return (
    <div className="section-body">
      <Text size="sm" fw={600}>
        {t('segments.firstRows')}
      </Text>
      <Rows
        rows={head.rows}
        keyOf={({ line }) => String(line)}
        label={t('segments.firstRows')}
        columns={head.header.map((name, n) => ({
          name: name.trim() === column ? `${name} ✓` : name || String(n + 1),
          of: ({ cells }: (typeof head.rows)[number]) => <span className="id">{cells[n]}</span>,
        }))}
      />
    </div>
  );
}

function Kept({ kept: { counts, refused, segment }, again }: { kept: SegmentUploaded; again: () => void }) {
  const { t } = useTranslation();
  if (!segment) return null;
  return (
    <Section title={t('segments.done', { version: segment.version })}>
      <div data-kept={segment.version}>
        <UploadCounts counts={counts} />
      </div>
      <Group gap="sm" className="section-foot">
        <Anchor component={Link} to={`/segments/${encodeURIComponent(segment.key)}`}>
          {t('segments.open', { name: segment.name })}
        </Anchor>
        <Button size="xs" variant="default" onClick={again}>
          {t('segments.another')}
        </Button>
        {refused.length > 0 && <RefusedRows segment={segment.key} version={segment.version} />}
      </Group>
      {refused.length > 0 && (
        <Rows
          rows={refused}
          keyOf={({ line }) => String(line)}
          label={t('segments.refusedRows')}
          columns={[
            { name: t('segments.line'), right: true, of: ({ line }) => line },
            { name: t('common.reason'), of: ({ reason }) => reason },
          ]}
        />
      )}
    </Section>
  );
}
