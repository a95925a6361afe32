/**
 * The campaign canvas: the same journey drawn, as an outline, as YAML and beside another version, with the fields of what is chosen at its side.
 */
import './canvas.css';
import { ActionIcon, Button, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useRead } from '../api/lists.js';
import { useMay } from '../api/session.js';
import { schemasCampaign } from '../client/sdk.gen.js';
import type { Campaign, CampaignRecord } from '../client/types.gen.js';
import { seoulTime } from '../format/time.js';
import { Icon } from '../parts/icon.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Conflict, Save } from './saving.js';
import { useEditor, type Editor } from './use-editor.js';
import { useFaults, type Judged } from './use-faults.js';
import { Views } from './views.js';

/** An empty journey: whoever enters is through. */
const BLANK: Campaign = {
  key: '',
  name: '',
  purpose: 'information',
  segment: '',
  journey: { start: 'exit-1', nodes: { 'exit-1': { type: 'exit' } } },
};

export default function CampaignEditor({ saved }: { saved: CampaignRecord | null }) {
  const { t } = useTranslation();
  const schema = useRead(['schema', 'campaign'], (signal) => schemasCampaign({ signal }));
  const editor = useEditor(saved, BLANK);
  const may = useMay();
  const disabled = !may('campaigns.put') || saved?.state === 'ended';
  const judged = useFaults(editor.campaign, may('campaigns.judge'));
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
      title={editor.campaign.name || t('canvas.newName')}
      up={
        saved
          ? { to: `/campaigns/${encodeURIComponent(saved.key)}`, label: saved.name }
          : { to: '/campaigns', label: t('places.campaigns') }
      }
      beside={<Standing editor={editor} judged={judged} />}
      actions={!disabled && <Actions editor={editor} />}
    >
      {editor.moved && saved && <Conflict editor={editor} saved={saved} />}
      <Loaded query={schema}>
        {(root) => <Views editor={editor} judged={judged} root={root} disabled={disabled} />}
      </Loaded>
    </Page>
  );
}

function Standing({ editor, judged }: { editor: Editor; judged: Judged }) {
  const { t } = useTranslation();
  const { dirty, keptAt, restoredAt } = editor;
  const state = !dirty
    ? t('canvas.state.clean')
    : keptAt === null
      ? t('canvas.state.notKept')
      : keptAt === undefined
        ? t('canvas.state.changed')
        : t('canvas.state.kept', { at: seoulTime(keptAt) });
  return (
    <Text
      size="sm"
      c="dimmed"
      role="status"
      data-dirty={dirty}
      data-kept={typeof keptAt === 'string'}
      data-judging={judged.judging}
    >
      {restoredAt === null ? state : t('canvas.state.restored', { at: seoulTime(restoredAt) })}
      {judged.judging && ` · ${t('canvas.state.judging')}`}
    </Text>
  );
}

function Actions({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  return (
    <>
      <Step name={t('canvas.undo')} enabled={editor.canUndo} go={editor.undo} />
      <Step name={t('canvas.redo')} enabled={editor.canRedo} go={editor.redo} mirrored />
      <Button
        variant="default"
        disabled={!editor.dirty}
        onClick={editor.discard}
        leftSection={<Icon name="cross" size={16} />}
      >
        {t('canvas.discard')}
      </Button>
      <Save editor={editor} />
    </>
  );
}

function Step(props: { name: string; enabled: boolean; go: () => void; mirrored?: boolean }) {
  return (
    <ActionIcon
      variant="default"
      size={36}
      aria-label={props.name}
      title={props.name}
      disabled={!props.enabled}
      onClick={props.go}
      className={props.mirrored ? 'mirrored' : undefined}
    >
      <Icon name="undo" size={16} />
    </ActionIcon>
  );
}
