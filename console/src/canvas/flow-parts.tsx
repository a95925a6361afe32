/**
 * A node and an edge as they are drawn: the kind as icon, word and colour; how many faults; what became of it beside another form.
 */
import {
  BaseEdge,
  EdgeLabelRenderer,
  Handle,
  Position,
  type EdgeProps,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../parts/icon.js';
import { Count } from '../parts/values.js';
import { leftOf, type DrawnEdge, type NodeData } from './flow-elements.js';
import type { NodeCounts } from './graph/figures.js';
import type { Point } from './graph/layout.js';
import { FateMark, FaultMark, KIND_LOOKS } from './marks.js';

/** A node that only stands elsewhere is moved, not drawn. */
const isSameData = (one: { data: unknown }, other: { data: unknown }): boolean => one.data === other.data;

export const JourneyNode = memo(function JourneyNode({ data }: NodeProps<Node<NodeData, 'journey'>>) {
  const { t } = useTranslation();
  const { kind, id, gist, faults, fate, counts, chosen, ports } = data;
  return (
    <div
      className="flow-node"
      data-node={id}
      data-chosen={chosen || undefined}
      data-faulty={faults > 0 || undefined}
      data-fate={fate ?? undefined}
      data-adds={counts?.adds}
    >
      <Handle type="target" position={Position.Top} />
      <span className="flow-kind" data-color={KIND_LOOKS[kind].color}>
        <Icon name={KIND_LOOKS[kind].icon} size={15} /> {t(`nodes.${kind}`)}
      </span>
      {faults > 0 && <FaultMark count={faults} />}
      {fate && fate !== 'same' && <FateMark fate={fate} />}
      <span className="flow-id id">{id}</span>
      {counts ? <People of={counts} /> : <span className="flow-gist">{gist}</span>}
      {ports.map((port, n) => (
        <Handle
          key={port}
          id={port}
          type="source"
          position={Position.Bottom}
          style={{ left: leftOf(n, ports.length) }}
        />
      ))}
    </div>
  );
}, isSameData);

/** entered = here + ended + the ways that lead on */
function People({ of: { entered, here, ended } }: { of: NodeCounts }) {
  const { t } = useTranslation();
  return (
    <span className="flow-gist flow-people">
      <span>
        {t('live.entered')} <Count of={entered} />
      </span>
      <span data-here={here > 0 || undefined}>
        {t('live.here')} <Count of={here} />
      </span>
      {ended > 0 && (
        <span>
          {t('live.ended')} <Count of={ended} />
        </span>
      )}
    </span>
  );
}

export const StartNode = memo(function StartNode() {
  const { t } = useTranslation();
  return (
    <div className="flow-start">
      <Icon name="play" size={14} /> {t('canvas.startNode')}
      <Handle id="start" type="source" position={Position.Bottom} />
    </div>
  );
});

export const JourneyEdge = memo(function JourneyEdge(props: EdgeProps<DrawnEdge>) {
  const { t } = useTranslation();
  const { sourceX, sourceY, targetX, targetY, data, source, target, markerEnd } = props;
  const passes = [{ x: sourceX, y: sourceY }, ...(data?.points ?? []), { x: targetX, y: targetY }];
  const { x, y } = middleOf(passes);
  return (
    <>
      <BaseEdge
        path={pathThrough(passes)}
        interactionWidth={22}
        className={data?.chosen ? 'edge-chosen' : data?.back ? 'edge-back' : 'edge'}
        {...(markerEnd === undefined ? {} : { markerEnd })}
      />
      <EdgeLabelRenderer>
        <span
          className="flow-edge"
          data-chosen={data?.chosen || undefined}
          data-edge={props.id}
          style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          title={t('canvas.edge', { from: source, to: target })}
        >
          {data?.name === 'yes' || data?.name === 'no' ? t(`canvas.values.${data.name}`) : data?.name}
          {data && data.count !== null && (
            <b>
              <Count of={data.count} />
            </b>
          )}
        </span>
      </EdgeLabelRenderer>
    </>
  );
});

/** Down into each point and down out of it. */
function pathThrough([first, ...others]: readonly Point[]): string {
  if (!first) return '';
  let { x, y } = first;
  return others.reduce((path, to) => {
    const bend = Math.max(Math.abs(to.y - y) / 2, 12);
    const curve = `${path} C ${x} ${y + bend}, ${to.x} ${to.y - bend}, ${to.x} ${to.y}`;
    ({ x, y } = to);
    return curve;
  }, `M ${x} ${y}`);
}

function middleOf(points: readonly Point[]): Point {
  const [one, other] = [points[Math.floor((points.length - 1) / 2)], points[Math.ceil((points.length - 1) / 2)]];
  return { x: ((one?.x ?? 0) + (other?.x ?? 0)) / 2, y: ((one?.y ?? 0) + (other?.y ?? 0)) / 2 };
}
