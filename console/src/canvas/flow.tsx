/**
 * The journey drawn: nodes by the layout, edges with the name of their way. A node or an edge is chosen by a click; a way is led elsewhere by drawing
 * it from its handle to another node.
 */
import '@xyflow/react/dist/base.css';
import { useComputedColorScheme } from '@mantine/core';
import {
  Background,
  Controls,
  ReactFlow,
  ReactFlowProvider,
  type Connection,
  type Edge as FlowEdge,
  type OnReconnect,
} from '@xyflow/react';
import { memo, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Journey } from '../client/types.gen.js';
import type { Fate } from './graph/diff.js';
import type { JourneyCounts } from './graph/figures.js';
import { ENTRY, toGraph } from './graph/graph.js';
import { START, useFlowElements } from './flow-elements.js';
import { JourneyEdge, JourneyNode, StartNode } from './flow-parts.js';
import type { Selection } from './selection.js';
import { usePlaces } from './use-places.js';
import { FIT, READABLE, useSight } from './use-sight.js';

export interface FlowProps {
  journey: Journey;
  /** How many faults, by node. */
  faults: ReadonlyMap<string, number>;
  /** Beside another form of the journey: what became of each node. */
  fates?: ReadonlyMap<string, Fate>;
  /** Of a run: who is where, instead of what the nodes hold. */
  counts?: JourneyCounts;
  selection: Selection;
  select: (selection: Selection) => void;
  /** Absent: it is only looked at. */
  connect?: (place: { from: string; port: string }, to: string) => void;
  label: string;
}

const NO_MARK = { hideAttribution: true };
const NODE_TYPES = { journey: JourneyNode, start: StartNode };
const EDGE_TYPES = { journey: JourneyEdge };

export const Flow = memo(function Flow(props: FlowProps) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
});

function Drawing({ journey, faults, fates, counts, selection, select, connect, label }: FlowProps) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const graph = useMemo(() => toGraph(journey), [journey]);
  const { layout, settled } = usePlaces(graph);
  const { nodes, edges } = useFlowElements({ graph, layout, faults, fates, counts, selection });
  const frame = useRef<HTMLElement>(null);
  const first = graph.edges.find(({ from }) => from === ENTRY)?.to ?? '';
  const fit = counts ? READABLE : FIT;
  useSight({ frame, layout, settled, first, fit, chosen: selection && 'node' in selection ? selection.node : null });
  const handlers = useHandlers(select, connect);
  const labels = useMemo(
    () => ({
      'controls.ariaLabel': t('canvas.view'),
      'controls.zoomIn.ariaLabel': t('canvas.zoomIn'),
      'controls.zoomOut.ariaLabel': t('canvas.zoomOut'),
      'controls.fitView.ariaLabel': t('canvas.fitView'),
    }),
    [t],
  );
  return (
    <section className="flow" ref={frame} aria-label={label}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        colorMode={scheme}
        nodesDraggable={false}
        nodesConnectable={connect !== undefined}
        edgesReconnectable={connect !== undefined}
        // the outline is for keys: there everything can be done
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        onlyRenderVisibleElements
        // beside other things on a page, it is the page that scrolls
        zoomOnScroll={!counts}
        preventScrolling={!counts}
        minZoom={0.1}
        maxZoom={1.6}
        proOptions={NO_MARK}
        {...handlers}
        ariaLabelConfig={labels}
      >
        <Background gap={24} />
        <Controls showInteractive={false} fitViewOptions={FIT} />
      </ReactFlow>
    </section>
  );
}

const placeOf = (id: string) => (id === START ? ENTRY : id);

/** The same ones all the time: with another one, everything that is seen would be drawn anew. */
function useHandlers(select: FlowProps['select'], connect: FlowProps['connect']) {
  return useMemo(() => {
    const onConnect = ({ source, sourceHandle, target }: Connection) => {
      if (sourceHandle !== null) connect?.({ from: placeOf(source), port: sourceHandle }, target);
    };
    const onReconnect: OnReconnect = (_edge: FlowEdge, made) => onConnect(made);
    return {
      onConnect,
      onReconnect,
      onNodeClick: (_event: unknown, { id }: { id: string }) =>
        select(id === START ? { from: ENTRY, port: 'start' } : { node: id }),
      onEdgeClick: (_event: unknown, { source, sourceHandle }: FlowEdge) =>
        select({ from: placeOf(source), port: sourceHandle ?? 'next' }),
      onPaneClick: () => select(null),
    };
  }, [select, connect]);
}
