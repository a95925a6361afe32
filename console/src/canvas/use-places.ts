/**
 * Where nodes stand, worked out beside the page. Until that is known a new node stands below the one before it, and all others where they stood.
 */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Graph } from './graph/graph.js';
import { keyOfLayout, layoutInput, NODE_HEIGHT, type Layout, type Point } from './graph/layout.js';

interface Known {
  key: string;
  layout: Layout;
}

export function usePlaces(graph: Graph): { layout: Layout; settled: boolean } {
  const input = useMemo(() => layoutInput(graph), [graph]);
  const key = useMemo(() => keyOfLayout(input), [input]);
  const [known, setKnown] = useState<Known>({ key: '', layout: { nodes: new Map(), ways: new Map() } });
  const worker = useRef<Worker | null>(null);
  useEffect(() => {
    const started = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
    started.addEventListener('message', ({ data }: MessageEvent<Known>) => setKnown(data));
    worker.current = started;
    return () => started.terminate();
  }, []);
  useEffect(() => {
    worker.current?.postMessage({ key, input });
    // the key says all of the input
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  const layout = useMemo((): Layout => {
    if (known.key === key || known.key === '') return known.layout;
    const guessed = new Map<string, Point>(known.layout.nodes);
    for (const id of input.nodes) {
      if (guessed.has(id)) continue;
      const before = input.edges.find(([from, to]) => to === id && guessed.has(from))?.[0];
      const { x, y } = guessed.get(before ?? '') ?? { x: 0, y: 0 };
      guessed.set(id, { x: x + 24, y: y + NODE_HEIGHT });
    }
    return { nodes: guessed, ways: known.layout.ways };
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [known, key]);
  return { layout, settled: known.key === key };
}
