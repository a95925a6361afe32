/**
 * The fields of what is chosen: a node with its ways on, an edge, or the campaign itself.
 */
import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput, Title, Tooltip } from '@mantine/core';
import { memo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Campaign, JourneyNode } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import { Adder } from './adder.js';
import { connect, insertOn, removable, removeNode, renameNode, setNode, canBeNamed } from './graph/edit.js';
import { faultsAt, type PlacedFault } from './graph/faults.js';
import { ENTRY, ENTRY_PORT, inOrder, portName, targetsOf, toGraph } from './graph/graph.js';
import { KINDS, type Kind } from './graph/kinds.js';
import type { Schema } from './graph/schema.js';
import { idOfField, useWords } from './fields.js';
import { CampaignForm, NodeForm } from './forms.js';
import { KIND_LOOKS } from './marks.js';
import { isEdge, type Selection } from './selection.js';
import type { Editor } from './use-editor.js';

interface PanelProps {
  editor: Editor;
  root: Schema;
  known: Readonly<Record<string, readonly string[]>>;
  faults: ReadonlyMap<string | null, PlacedFault[]>;
  selection: Selection;
  select: (selection: Selection) => void;
  disabled: boolean;
}

export function Panel(props: PanelProps) {
  const { t } = useTranslation();
  const { selection, editor } = props;
  const { journey } = editor.campaign;
  const node = selection && 'node' in selection ? journey.nodes[selection.node] : undefined;
  if (selection && 'node' in selection && node) return <NodePanel {...props} id={selection.node} node={node} />;
  // an edge may have gone with its node
  const isThere = toGraph(journey).edges.some(({ from, port }) => isEdge(selection, from, port));
  if (selection && 'from' in selection && isThere) return <EdgePanel {...props} {...selection} />;
  return (
    <Stack gap="xs" className="panel" id="panel">
      <Title order={2} size="h5">
        {t('canvas.campaign')}
      </Title>
      <Text size="xs" c="dimmed">
        {t('canvas.nothingSelected')}
      </Text>
      <Way {...props} from={ENTRY} port={ENTRY_PORT} label={t('canvas.startNode')} />
      <CampaignForm {...props} faults={props.faults.get(null) ?? []} />
    </Stack>
  );
}

function NodePanel(props: PanelProps & { id: string; node: JourneyNode }) {
  const { t } = useTranslation();
  const words = useWords();
  const { editor, id, node, select, disabled } = props;
  const { journey } = editor.campaign;
  const faults = props.faults.get(id) ?? [];
  const canGo = removable(journey, id);
  const change = (made: (before: Campaign) => Campaign, about: string | null) => editor.change(made, about);
  return (
    <Stack gap="xs" className="panel" id="panel">
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} size="h5">
          <span className="flow-kind" data-color={KIND_LOOKS[node.type].color}>
            <Icon name={KIND_LOOKS[node.type].icon} size={17} /> {t(`nodes.${node.type}`)}
          </span>
        </Title>
        {!disabled && (
          <Tooltip label={t('canvas.removeNot')} disabled={canGo} multiline w={240} withinPortal={false}>
            <ActionIcon
              variant="default"
              aria-label={t('canvas.removeNode', { id })}
              data-disabled={!canGo || undefined}
              aria-disabled={!canGo}
              onClick={() => {
                if (!canGo) return;
                change((before) => ({ ...before, journey: removeNode(before.journey, id) }), null);
                select(null);
              }}
            >
              <Icon name="cross" size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      {faultsAt(faults, '').map((detail) => (
        <Text key={detail} size="xs" className="wrong" id={idOfField('')}>
          {detail}
        </Text>
      ))}
      <Name key={id} {...props} />
      <NodeForm
        {...props}
        faults={faults}
        change={(to, about) =>
          change((before) => ({ ...before, journey: setNode(before.journey, id, to) }), `${id}${about}`)
        }
      />
      {targetsOf(node).map(([port]) => (
        <Way
          key={port}
          {...props}
          from={id}
          port={port}
          label={wayLabel(words.value(portName(node, port)), t('canvas.leadsTo'))}
          insert
        />
      ))}
    </Stack>
  );
}

const wayLabel = (name: string, words: string) => (name === '' ? words : `${words}: ${name}`);

/** Changes once it is left, or by Enter: half a name is another node's. */
function Name({ editor, id, select, disabled }: PanelProps & { id: string }) {
  const { t } = useTranslation();
  const [name, setName] = useState(id);
  const { journey } = editor.campaign;
  const isFree = canBeNamed(journey, id, name);
  const rename = () => {
    if (name === id || !isFree) return setName(id);
    editor.change((before) => ({ ...before, journey: renameNode(before.journey, id, name) }));
    select({ node: name });
  };
  return (
    <TextInput
      size="xs"
      label={t('canvas.id')}
      value={name}
      error={!isFree}
      disabled={disabled}
      onChange={({ currentTarget }) => setName(currentTarget.value)}
      onBlur={rename}
      onKeyDown={({ key }) => key === 'Enter' && rename()}
    />
  );
}

function EdgePanel(props: PanelProps & { from: string; port: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const { editor, from, port } = props;
  const { nodes } = editor.campaign.journey;
  return (
    <Stack gap="xs" className="panel" id="panel">
      <Title order={2} size="h5">
        {t('canvas.edge', {
          from: from === ENTRY ? t('canvas.startNode') : from,
          to: toGraph(editor.campaign.journey).edges.find((edge) => edge.from === from && edge.port === port)?.to ?? '',
        })}
      </Title>
      <Way {...props} label={wayLabel(words.value(portName(nodes[from], port)), t('canvas.leadsTo'))} />
      {!props.disabled && <Inserting {...props} />}
    </Stack>
  );
}

function Inserting({ editor, select, from, port }: PanelProps & { from: string; port: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Text size="xs" fw={600}>
        {t('canvas.addHere')}
      </Text>
      <div className="kinds">
        {KINDS.map((kind) => (
          <Button
            key={kind}
            variant="default"
            size="xs"
            justify="flex-start"
            leftSection={<Icon name={KIND_LOOKS[kind].icon} size={15} />}
            onClick={() => insert(editor, select, { from, port }, kind)}
          >
            {t(`nodes.${kind}`)}
          </Button>
        ))}
      </div>
    </>
  );
}

function insert(
  editor: Editor,
  select: (selection: Selection) => void,
  at: { from: string; port: string },
  kind: Kind,
): void {
  const made = insertOn(editor.campaign.journey, at, kind);
  if (!made) return;
  editor.change((before) => ({ ...before, journey: made.journey }));
  select({ node: made.id });
}

/** Where a way leads; with `insert`, a node can be put on it right here. */
function Way(props: PanelProps & { from: string; port: string; label: string; insert?: boolean }) {
  const { t } = useTranslation();
  const { editor, from, port, label, disabled } = props;
  const { journey } = editor.campaign;
  const graph = toGraph(journey);
  const to = graph.edges.find((edge) => edge.from === from && edge.port === port)?.to ?? '';
  const ids = useKept(inOrder(graph));
  const wrong = faultsAt(
    props.faults.get(from === ENTRY ? null : from) ?? [],
    from === ENTRY ? '/journey/start' : `/${port}`,
  );
  return (
    <Group gap={6} wrap="nowrap" align="flex-end" className="way">
      <NativeSelect
        id={idOfField(from === ENTRY ? '/journey/start' : `/${port}`)}
        size="xs"
        label={label}
        disabled={disabled}
        error={wrong.length > 0 ? wrong.join('; ') : undefined}
        value={to}
        onChange={({ currentTarget }) => {
          const { value } = currentTarget;
          editor.change((before) => ({ ...before, journey: connect(before.journey, { from, port }, value) }));
        }}
      >
        {!ids.includes(to) && <option value={to}>{t('canvas.missing', { to })}</option>}
        <Options ids={ids} />
      </NativeSelect>
      {(props.insert || from === ENTRY) && !disabled && (
        <Adder
          label={`${t('canvas.addHere')}: ${label}`}
          options={KINDS.map((kind) => ({ value: kind, label: t(`nodes.${kind}`) }))}
          add={(kind) => insert(editor, props.select, { from, port }, kind as Kind)}
        />
      )}
    </Group>
  );
}

/** The same list as before where it has the same ids: hundreds of choices are not looked through with each letter that is typed. */
function useKept(ids: readonly string[]): readonly string[] {
  const kept = useRef(ids);
  if (kept.current.length !== ids.length || kept.current.some((id, n) => id !== ids[n])) kept.current = ids;
  return kept.current;
}

const Options = memo(function Options({ ids }: { ids: readonly string[] }) {
  return ids.map((id) => (
    <option key={id} value={id}>
      {id}
    </option>
  ));
});
