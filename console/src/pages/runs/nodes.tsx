/**
 * The two sums of every node as tables: people by where they are, messages by what became of them. A row that does not add up is marked.
 */
import { Badge, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeFigures } from '../../client/types.gen.js';
import { sumOf } from '../../format/count.js';
import { messagesAddUp, peopleAddUp } from '../../format/run.js';
import { Icon } from '../../parts/icon.js';
import { Rows, type Column } from '../../parts/list.js';
import { Count } from '../../parts/values.js';

const keyOf = ({ node, visit }: NodeFigures) => `${node} ${visit}`;

export function PeopleTable({ nodes }: { nodes: readonly NodeFigures[] }) {
  const { t } = useTranslation();
  return (
    <Rows
      rows={nodes}
      keyOf={keyOf}
      label={t('runs.people')}
      columns={[
        ...useNode(),
        { name: t('runs.entered'), right: true, of: ({ people }) => <Count of={people.entered} /> },
        { name: t('runs.here'), right: true, of: ({ people }) => <Count of={people.here} /> },
        { name: t('runs.moved'), of: ({ people }) => <Parts counts={people.moved} arrow /> },
        { name: t('runs.ended'), of: ({ people }) => <Parts counts={people.ended} /> },
        { name: t('runs.responded'), right: true, of: ({ responded }) => <Count of={responded} /> },
        { name: t('runs.sum'), of: (node) => <Sum adds={peopleAddUp(node)} /> },
      ]}
    />
  );
}

export function MessagesTable({ nodes }: { nodes: readonly NodeFigures[] }) {
  const { t } = useTranslation();
  const count = (name: string, of: (messages: NonNullable<NodeFigures['messages']>) => ReactNode, right = true) => ({
    name,
    right,
    of: ({ messages }: NodeFigures) => messages && of(messages),
  });
  return (
    <Rows
      rows={nodes.filter(({ messages }) => messages !== null)}
      keyOf={keyOf}
      label={t('runs.messages')}
      columns={[
        ...useNode(),
        count(t('runs.decided'), ({ decided }) => <Count of={decided} />),
        count(t('runs.queued'), ({ queued, submitting }) => <Count of={queued + submitting} />),
        count(t('runs.accepted'), ({ accepted }) => <Count of={accepted} />),
        count(t('runs.ambiguous'), ({ ambiguous }) => <Count of={ambiguous} />),
        count(t('runs.rejected'), ({ rejected }) => <Parts counts={rejected} />, false),
        count(t('runs.withheld'), ({ withheld }) => <Parts counts={withheld} />, false),
        count(t('runs.suppressed'), ({ suppressed }) => <Parts counts={suppressed} />, false),
        { name: t('runs.sum'), of: (node) => <Sum adds={messagesAddUp(node)} /> },
      ]}
    />
  );
}

function useNode(): Column<NodeFigures>[] {
  const { t, i18n } = useTranslation();
  return [
    {
      name: t('runs.node'),
      of: ({ node, visit, type }) => (
        <span className="nowrap">
          <Badge variant="light" radius="sm" className="node-type">
            {i18n.exists(`nodes.${type}`) ? t(`nodes.${type}` as 'nodes.send') : type}
          </Badge>{' '}
          <span className="id">{node}</span>
          {visit > 1 && (
            <Text span size="xs" c="dimmed">
              {' '}
              ×{visit}
            </Text>
          )}
        </span>
      ),
    },
  ];
}

/** By edge or by reason, after their sum. */
function Parts({ counts, arrow }: { counts: Readonly<Record<string, number>>; arrow?: boolean }) {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return (
    <span>
      <Count of={sumOf(counts)} />
      {parts.map(([name, count]) => (
        <Text key={name} span size="xs" c="dimmed" className="part">
          {arrow ? '→ ' : ''}
          {name} <Count of={count} />
        </Text>
      ))}
    </span>
  );
}

function Sum({ adds }: { adds: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="nowrap sum" data-adds={adds}>
      <Text span c={adds ? 'teal' : 'red'} className="icon">
        <Icon name={adds ? 'check' : 'cross'} size={16} />
      </Text>{' '}
      {t(adds ? 'runs.addsUp' : 'runs.doesNotAddUp')}
    </span>
  );
}
