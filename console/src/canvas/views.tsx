/**
 * The four views of the campaign that is edited, the fields of what is chosen beside them, and what is wrong below.
 */
import { SegmentedControl } from '@mantine/core';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFilters } from '../api/lists.js';
import { FaultList } from './fault-list.js';
import { idOfField } from './fields.js';
import { Flow } from './flow.js';
import { connect, removeNode } from './graph/edit.js';
import { faultsByNode, type PlacedFault } from './graph/faults.js';
import type { Schema } from './graph/schema.js';
import { Outline } from './outline.js';
import { Panel } from './panel.js';
import type { Selection } from './selection.js';
import type { Editor } from './use-editor.js';
import type { Judged } from './use-faults.js';
import { useKnown } from './use-known.js';

const YamlView = lazy(() => import('./yaml.js'));
const Compare = lazy(() => import('./compare.js'));

const VIEWS = ['canvas', 'outline', 'yaml', 'compare'] as const;
type View = (typeof VIEWS)[number];

interface ViewsProps {
  editor: Editor;
  judged: Judged;
  root: Schema;
  disabled: boolean;
}

export function Views({ editor, judged, root, disabled }: ViewsProps) {
  const { t } = useTranslation();
  const filters = useFilters();
  const view = VIEWS.find((one) => one === filters.get('view')) ?? 'canvas';
  const [selection, setSelection] = useState<Selection>(null);
  const known = useKnown();
  const byNode = useMemo(() => faultsByNode(judged.faults), [judged.faults]);
  const go = (fault: PlacedFault) => {
    setSelection(fault.node === null ? null : { node: fault.node });
    if (view === 'yaml' || view === 'compare') filters.set('view', 'canvas');
    focusLater(idOfField(fault.field));
  };
  const isWide = view === 'yaml' || view === 'compare';
  const chosen = { editor, selection, select: setSelection, disabled };
  return (
    <>
      <SegmentedControl
        className="start"
        aria-label={t('canvas.view')}
        value={view}
        onChange={(to) => filters.set('view', to)}
        data={VIEWS.map((one) => ({ value: one, label: t(`canvas.views.${one}`) }))}
      />
      <div className={isWide ? 'editor-wide' : 'editor'} data-view={view}>
        <div className="editor-main section">
          <Main {...chosen} view={view} faults={byNode} />
        </div>
        {!isWide && (
          <aside className="editor-side section" aria-label={t('canvas.campaign')}>
            <Panel {...chosen} root={root} known={known} faults={byNode} />
          </aside>
        )}
      </div>
      <FaultList judged={judged} go={go} />
    </>
  );
}

interface MainProps {
  view: View;
  editor: Editor;
  faults: ReadonlyMap<string | null, PlacedFault[]>;
  selection: Selection;
  select: (selection: Selection) => void;
  disabled: boolean;
}

function Main({ view, editor, faults, selection, select, disabled }: MainProps) {
  const { t } = useTranslation();
  const counts = useMemo(
    () => new Map([...faults].flatMap(([id, all]) => (id === null ? [] : [[id, all.length] as const]))),
    [faults],
  );
  const { change } = editor;
  const lead = useCallback(
    (place: { from: string; port: string }, to: string) =>
      change((before) => ({ ...before, journey: connect(before.journey, place, to) })),
    [change],
  );
  const remove = useCallback(
    (id: string) => change((before) => ({ ...before, journey: removeNode(before.journey, id) })),
    [change],
  );
  const shared = { journey: editor.campaign.journey, faults: counts, selection, select };
  return (
    <Suspense fallback={null}>
      {view === 'canvas' && (
        <Flow {...shared} {...(disabled ? {} : { connect: lead })} label={t('canvas.views.canvas')} />
      )}
      {view === 'outline' && (
        <Outline {...shared} {...(disabled ? {} : { remove })} enter={() => focusLater('panel')} />
      )}
      {view === 'yaml' && <YamlView editor={editor} disabled={disabled} />}
      {view === 'compare' && <Compare editor={editor} />}
    </Suspense>
  );
}

/** Once the fields of what was chosen are there: the field itself, or the first one within it. */
function focusLater(id: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const place = document.getElementById(id) ?? document.getElementById('panel');
      const field = place?.matches('input, select, textarea')
        ? place
        : place?.querySelector<HTMLElement>('input, select, textarea');
      (field ?? place)?.focus();
      place?.scrollIntoView({ block: 'nearest' });
    }),
  );
}
