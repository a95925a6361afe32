/**
 * What of the drawing is seen: all of it at first, or the beginning of a long one; later whatever was chosen, wherever that was done.
 */
import { useReactFlow } from '@xyflow/react';
import { useEffect, useRef, type RefObject } from 'react';
import { NODE_HEIGHT, NODE_WIDTH, type Layout } from './graph/layout.js';

export const FIT = { padding: 0.15, maxZoom: 1, minZoom: 0.4 };
/** Of figures: smaller, nobody reads them. */
export const READABLE = { ...FIT, minZoom: 0.62 };
const ZOOM = 0.8;
/** Above the first node. */
const HEAD = 100;

interface Sight {
  frame: RefObject<HTMLElement | null>;
  layout: Layout;
  settled: boolean;
  first: string;
  fit: typeof FIT;
  chosen: string | null;
}

export function useSight({ frame, layout, settled, first, fit, chosen }: Sight): void {
  const { fitView, getViewport, setCenter, setViewport } = useReactFlow();
  const shown = useRef(false);
  useEffect(() => {
    if (!settled || shown.current || !frame.current) return;
    shown.current = true;
    const { clientWidth, clientHeight } = frame.current;
    const lowest = Math.max(...[...layout.nodes.values()].map(({ y }) => y), 0) + NODE_HEIGHT;
    const { x, y } = layout.nodes.get(first) ?? { x: 0, y: 0 };
    if (clientHeight / (lowest - y) >= fit.minZoom) requestAnimationFrame(() => void fitView(fit));
    else void setViewport({ x: clientWidth / 2 - (x + NODE_WIDTH / 2) * ZOOM, y: (HEAD - y) * ZOOM, zoom: ZOOM });
  }, [frame, settled, layout, first, fit, fitView, setViewport]);
  const at = chosen === null || !settled ? undefined : layout.nodes.get(chosen);
  useEffect(() => {
    if (!at || !frame.current) return;
    const { x, y, zoom } = getViewport();
    const [left, top] = [at.x * zoom + x, at.y * zoom + y];
    const { clientWidth, clientHeight } = frame.current;
    const isSeen =
      left >= 0 && top >= 0 && left + NODE_WIDTH * zoom <= clientWidth && top + NODE_HEIGHT * zoom <= clientHeight;
    if (!isSeen) void setCenter(at.x + NODE_WIDTH / 2, at.y + NODE_HEIGHT / 2, { zoom });
  }, [frame, at, getViewport, setCenter]);
}
