/**
 * The journey as an outline, for keys and screen readers: the same choosing, adding, connecting and removing as on the canvas.
 */
import { memo, useEffect, useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Text } from '@mantine/core';
import type { Journey, JourneyNode } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import { removable } from './graph/edit.js';
import { inOrder, portName, targetsOf, toGraph } from './graph/graph.js';
import { gistOf } from './graph/kinds.js';
import { useWords } from './fields.js';
import { FaultMark, KIND_LOOKS } from './marks.js';
import { isNode, type Selection } from './selection.js';

interface OutlineProps {
  journey: Journey;
  faults: ReadonlyMap<string, number>;
  selection: Selection;
  select: (selection: Selection) => void;
  /** Absent: it is only looked at. */
  remove?: (id: string) => void;
  /** Into the fields of what is chosen. */
  enter: () => void;
}

export function Outline({ journey, faults, selection, select, remove, enter }: OutlineProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLOListElement>(null);
  const ids = inOrder(toGraph(journey));
  const reached = new Set(toGraph(journey).edges.map(({ to }) => to));
  const at = ids.findIndex((id) => isNode(selection, id));
  const chosen = ids[at];
  const focused = useRef(false);
  useEffect(() => {
    if (focused.current && chosen !== undefined)
      list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(chosen)}"] button`)?.focus();
  }, [chosen]);
  const onKeyDown = (event: KeyboardEvent) => {
    const row = (event.target as Element).closest<HTMLElement>('[data-row]')?.dataset['row'] ?? '';
    const here = ids.indexOf(row);
    const go = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: ids.length - 1 }[event.key];
    const to = go === undefined ? undefined : ids[Math.min(Math.max(go, 0), ids.length - 1)];
    if (to !== undefined) select({ node: to });
    else if (event.key === 'Delete' && remove && removable(journey, row)) {
      remove(row);
      select({ node: ids[here + 1] ?? ids[here - 1] ?? '' });
    }
    // Enter on another row chooses it, as a click does
    else if (event.key === 'Enter' && row === chosen) enter();
    else return;
    event.preventDefault();
  };
  return (
    <section className="outline-view" aria-label={t('canvas.views.outline')}>
      <Text size="sm" c="dimmed" className="section-note">
        {t('canvas.outlineNote')}
      </Text>
      <ol
        className="outline"
        ref={list}
        onKeyDown={onKeyDown}
        onFocus={() => (focused.current = true)}
        onBlur={() => (focused.current = false)}
      >
        {ids.map((id, n) => (
          <Row
            key={id}
            id={id}
            node={journey.nodes[id] as JourneyNode}
            faults={faults.get(id) ?? 0}
            chosen={id === chosen}
            // one of them is a stop of the Tab key, arrows go between them
            stops={id === chosen || (at < 0 && n === 0)}
            loose={!reached.has(id)}
            isFirst={journey.start === id}
            select={select}
          />
        ))}
      </ol>
    </section>
  );
}

interface RowProps {
  id: string;
  node: JourneyNode;
  faults: number;
  chosen: boolean;
  stops: boolean;
  loose: boolean;
  isFirst: boolean;
  select: (selection: Selection) => void;
}

const Row = memo(function Row({ id, node, faults, chosen, stops, loose, isFirst, select }: RowProps) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <li data-row={id} data-chosen={chosen || undefined}>
      <button
        type="button"
        className="outline-node"
        aria-pressed={chosen}
        tabIndex={stops ? 0 : -1}
        onClick={() => select({ node: id })}
      >
        <span className="flow-kind" data-color={KIND_LOOKS[node.type].color}>
          <Icon name={KIND_LOOKS[node.type].icon} size={15} /> {t(`nodes.${node.type}`)}
        </span>
        <span className="id">{id}</span>
        <span className="flow-gist">{gistOf(node)}</span>
        {isFirst && <span className="flow-gist">{t('canvas.startNode')}</span>}
        {loose && <span className="flow-gist">{t('canvas.loose')}</span>}
        {faults > 0 && <FaultMark count={faults} />}
        <span className="outline-ways">
          {targetsOf(node)
            .map(([port, to]) => `${words.value(portName(node, port))} → ${to}`.trim())
            .join(' · ')}
        </span>
      </button>
    </li>
  );
});
