/**
 * A list of customers becomes a segment: the file is looked at first, by whichever of its columns has the ids, and nothing is kept by that. What stands in
 * a file is shown as text and nothing else.
 */
import { Anchor, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useRead } from '../../api/lists.js';
import { segmentsFind } from '../../client/sdk.gen.js';
import type { SegmentUploaded } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Rows } from '../../parts/list.js';
import { Page, Section } from '../../parts/page.js';
import { ChooseFile, FirstRows, Sent } from '../../segments/file.js';
import { RefusedRows, UploadCounts } from '../../segments/upload-section.js';
import { upload, useLook, type Chosen, type Target } from '../../segments/uploading.js';

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const of = filters.get('key');
  const [chosen, setChosen] = useState<Chosen>({ file: null, charset: 'utf-8', column: null });
  const [kept, setKept] = useState<SegmentUploaded | null>(null);
  const { look, read, looked } = useLook(chosen);
  const isLooked = looked !== null && !look.isFetching && !look.isError;
  const begin = () => {
    setChosen({ ...chosen, file: null, column: null });
    setKept(null);
  };
  return (
    <Page title={t('segments.upload')} up={{ to: '/segments', label: t('places.segments') }}>
      {kept ? (
        <Kept kept={kept} again={begin} />
      ) : (
        <>
          <Section title={t('segments.file')} note={t('segments.fileNote')}>
            <Stack gap="sm" className="section-body">
              <ChooseFile
                {...chosen}
                set={(to) => setChosen({ ...chosen, ...to, column: to.file === chosen.file ? chosen.column : null })}
              />
              {look.isFetching && <Sent share={read} />}
              {look.isError && <Failure error={look.error} again={() => void look.refetch()} />}
            </Stack>
          </Section>
          {looked?.head && !look.isError && (
            <Section title={t('segments.look')} note={t('segments.lookNote')}>
              <Mapping looked={looked} set={(column) => setChosen({ ...chosen, column })} />
              <UploadCounts counts={looked.counts} />
              <FirstRows head={looked.head} marked={looked.column} />
            </Section>
          )}
          <Becomes of={of} chosen={chosen} looked={isLooked ? looked : null} done={setKept} />
        </>
      )}
    </Page>
  );
}

/** `looked`: null as long as nobody knows what would become of the file. */
function Becomes(props: {
  of: string;
  chosen: Chosen;
  looked: SegmentUploaded | null;
  done: (kept: SegmentUploaded) => void;
}) {
  const { of, chosen, looked, done } = props;
  const { t } = useTranslation();
  const known = useRead(['segments', of], (signal) => segmentsFind({ path: { key: of }, signal }), {
    enabled: of !== '',
  });
  const [target, setTarget] = useState<Omit<Target, 'version'>>({ key: of, name: '' });
  const [sent, setSent] = useState<number | null>(null);
  useEffect(() => {
    if (known.data) setTarget((before) => (before.name === '' ? { ...before, name: known.data.name } : before));
  }, [known.data]);
  const count = looked?.counts.matched ?? 0;
  const isKnown = of === '' || known.data !== undefined;
  const ready = looked !== null && isKnown && target.key !== '' && target.name.trim() !== '';
  const send = async () => {
    const { file } = chosen;
    if (file === null || looked === null) return;
    const { signal } = new AbortController();
    setSent(0);
    const how = { preview: false, progress: setSent, signal };
    const whole = { ...chosen, file, column: looked.column };
    done(await upload({ ...target, version: known.data?.version ?? null }, whole, how).finally(() => setSent(null)));
  };
  return (
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
                  {known.data
                    ? t('segments.keepNext', { key: target.key, version: known.data.version })
                    : t('segments.keepFirst', { key: target.key })}
                </Text>
                {sent !== null && <Sent share={sent} />}
              </Stack>
            }
            decide={send}
          />
        </div>
      </Group>
    </Section>
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
