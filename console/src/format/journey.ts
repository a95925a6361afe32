/**
 * A journey's graph, read without knowing more of its nodes than their edges.
 */
export interface Graph {
  start: string;
  nodes: Readonly<Record<string, object>>;
}

/** The edges of a node by name, in the order in which they are written: `next`, `yes`, `no`, `again`, or the names of arms. */
export function edgesOf(node: object): [edge: string, to: string][] {
  const edges: [string, string][] = [];
  for (const [name, value] of Object.entries(node)) {
    if (['next', 'yes', 'no', 'again', 'late'].includes(name) && typeof value === 'string') edges.push([name, value]);
    if (name === 'arms' && Array.isArray(value))
      for (const arm of value as { name: string; next: string }[]) edges.push([arm.name, arm.next]);
  }
  return edges;
}

/** Every node once: those that can be reached in the order of a walk from the start, then whatever is left. */
export function inOrder({ start, nodes }: Graph): string[] {
  const seen = new Set<string>();
  const waiting = [start];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const node = nodes[id];
    if (seen.has(id) || !node) continue;
    seen.add(id);
    waiting.push(...edgesOf(node).map(([, to]) => to));
  }
  return [...seen, ...Object.keys(nodes).filter((id) => !seen.has(id))];
}
