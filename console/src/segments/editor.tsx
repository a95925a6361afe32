/**
 * One segment: its rule, built or as JSON, with the exact count as one edits; whom a campaign would reach by it; what uses it, and all its versions.
 */
import './segments.css';
import { Alert, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { CallFailed } from '../api/problem.js';
import { queries } from '../api/queries.js';
import { useMay } from '../api/session.js';
import { segmentsPut } from '../client/sdk.gen.js';
import type { SegmentRecord } from '../client/types.gen.js';
import { seoulTime } from '../format/time.js';
import { Icon } from '../parts/icon.js';
import { Page, Section } from '../parts/page.js';
import { overSeen, SaveButton } from '../parts/saving.js';
import { forgetDraft } from './draft.js';
import { Kind } from './kind.js';
import { RuleSection } from './rule-section.js';
import { CountSection, ReachSection } from './sides.js';
import { UploadSection } from './upload-section.js';
import { useCount } from './use-count.js';
import { useSourceNames } from './use-known.js';
import { useSegment, type SegmentEditor } from './use-segment.js';
import { UsesSection, VersionsSection } from './versions.js';

export default function Editor({ saved }: { saved: SegmentRecord | null }) {
  const { t } = useTranslation();
  const may = useMay();
  const editor = useSegment(saved);
  const disabled = !may('segments.put');
  const { rule, source, ruleDirty } = editor;
  const stored = saved && !ruleDirty ? saved.key : null;
  const asked = useMemo(() => ({ rule, source, stored }), [rule, source, stored]);
  const counted = useCount(asked, may('segments.countInline'));
  const isUpload = saved?.upload !== null && saved !== null && !ruleDirty;
  useHotkeys(
    [
      ['mod+z', editor.undo],
      ['mod+shift+z', editor.redo],
      ['mod+y', editor.redo],
    ],
    // the browser's own undo knows one field only
    [],
  );
  return (
    <Page
      title={editor.name || t('segments.new')}
      up={{ to: '/segments', label: t('places.segments') }}
      beside={
        <>
          {saved && <span className="id">{saved.key}</span>}
          {saved && <Kind segment={saved} />}
          {saved && <Text size="sm">{t('segments.version', { version: saved.version })}</Text>}
          {!disabled && <Standing editor={editor} counting={counted.counting} />}
        </>
      }
      actions={!disabled && <Actions editor={editor} faulty={counted.faults.length > 0} />}
    >
      {editor.moved && saved && <Moved editor={editor} saved={saved} />}
      <div className="segment">
        <Stack gap="md">
          {!disabled && <About editor={editor} named={!isUpload} />}
          {isUpload && saved ? (
            <UploadSection saved={saved} editor={editor} />
          ) : (
            <RuleSection editor={editor} counted={counted} disabled={disabled} />
          )}
          {saved && <VersionsSection saved={saved} editor={editor} disabled={disabled} />}
        </Stack>
        <Stack gap="md">
          <CountSection editor={editor} counted={counted} stored={stored} />
          {saved && <ReachSection saved={saved} dirty={ruleDirty} />}
          {saved && <UsesSection saved={saved} />}
        </Stack>
      </div>
    </Page>
  );
}

/** `named`: it may be called otherwise; a list gets its name with its upload. */
function About({ editor, named }: { editor: SegmentEditor; named: boolean }) {
  const { t } = useTranslation();
  const isNew = editor.saved === null;
  return (
    <Section title={t('segments.about')}>
      <Group gap="sm" align="flex-start" className="section-body">
        {isNew && (
          <TextInput
            label={t('segments.key')}
            description={t('segments.keyNote')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            withAsterisk
            maxLength={64}
            value={editor.key}
            onChange={({ currentTarget }) => editor.change({ key: currentTarget.value }, 'key')}
          />
        )}
        <TextInput
          label={t('segments.called')}
          withAsterisk
          className="segment-name"
          readOnly={!named}
          maxLength={200}
          value={editor.name}
          onChange={({ currentTarget }) => editor.change({ name: currentTarget.value }, 'name')}
        />
        {isNew && <Source editor={editor} />}
      </Group>
    </Section>
  );
}

function Source({ editor }: { editor: SegmentEditor }) {
  const { t } = useTranslation();
  const sources = useSourceNames();
  if (sources.length === 0) return null;
  return (
    <NativeSelect
      label={t('segments.source')}
      data={[{ value: '', label: t('segments.postgres') }, ...sources]}
      value={editor.source ?? ''}
      onChange={({ currentTarget: { value } }) => editor.change({ source: value === '' ? null : value })}
    />
  );
}

function Standing({ editor, counting }: { editor: SegmentEditor; counting: boolean }) {
  const { t } = useTranslation();
  const { dirty, keptAt } = editor;
  const state = !dirty
    ? t('segments.clean')
    : keptAt === null
      ? t('segments.notKept')
      : keptAt === undefined
        ? t('segments.changed')
        : t('segments.kept', { at: seoulTime(keptAt) });
  return (
    <Text
      size="sm"
      c="dimmed"
      role="status"
      data-dirty={dirty}
      data-kept={typeof keptAt === 'string'}
      data-counting={counting}
    >
      {state}
    </Text>
  );
}

function Actions({ editor, faulty }: { editor: SegmentEditor; faulty: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <Button
        variant="default"
        disabled={!editor.canUndo}
        onClick={editor.undo}
        leftSection={<Icon name="undo" size={16} />}
      >
        {t('segments.undo')}
      </Button>
      <Button variant="default" disabled={!editor.canRedo} onClick={editor.redo}>
        {t('segments.redo')}
      </Button>
      <Button variant="default" disabled={!editor.dirty} onClick={editor.discard}>
        {t('segments.discard')}
      </Button>
      <Save editor={editor} faulty={faulty} />
    </>
  );
}

/** Over the version that it began from, and over nothing newer. */
function Save({ editor, faulty }: { editor: SegmentEditor; faulty: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { saved, version, name, source, rule, dirty, moved } = editor;
  const key = saved?.key ?? editor.key.trim();
  const saving = useMutation({
    mutationFn: () =>
      segmentsPut({
        path: { key },
        body: { name, rule, source },
        headers: overSeen(version),
      }),
    onSuccess: async (kept) => {
      if (!saved) {
        forgetDraft(null);
        return await navigate(`/segments/${encodeURIComponent(key)}`, { replace: true });
      }
      const now = { ...saved, ...kept, upload: null };
      queries.setQueryData(['segments', key], now);
      editor.take(now);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['segments'] }),
  });
  const isTaken = saving.error instanceof CallFailed && saving.error.kind === 'stale' && !saved;
  return (
    <SaveButton
      verb={t('segments.save', { version: (version ?? 0) + 1 })}
      disabled={!dirty || moved || faulty || key === '' || name.trim() === ''}
      saving={saving}
    >
      {isTaken && <Text mt="sm">{t('segments.taken', { key })}</Text>}
    </SaveButton>
  );
}

function Moved({ editor, saved }: { editor: SegmentEditor; saved: SegmentRecord }) {
  const { t } = useTranslation();
  return (
    <Alert color="orange" variant="light" icon={<Icon name="alert" />} title={t('segments.moved')} role="alert">
      {t('segments.movedText', { by: saved.createdBy, now: saved.version, base: editor.version ?? 0 })}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={() => editor.take(saved)}>
          {t('segments.theirs')}
        </Button>
        <Button size="xs" variant="default" onClick={editor.keepMine}>
          {t('segments.mine')}
        </Button>
      </Group>
    </Alert>
  );
}
