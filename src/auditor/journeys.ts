/**
 * What a journey's graph says about sibling branches: which effects lie on one side of a branch only. Whoever had effects of both sides
 * of one branch in one visit has walked a way that does not exist (law 2).
 */
export interface Journey {
  start: string;
  nodes: Record<string, { type: string; next?: string; yes?: string; no?: string } | undefined>;
}

export interface EffectSide {
  branch: string;
  side: 'yes' | 'no';
  /** A send or reward that only this side leads to. */
  node: string;
}

/** For each branch, the sends and rewards that can be reached by one of its edges only. */
export function effectSides(journey: Journey): EffectSide[] {
  return Object.entries(journey.nodes).flatMap(([branch, node]) => {
    if (node?.type !== 'branch') return [];
    const yes = effectsFrom(journey, node.yes);
    const no = effectsFrom(journey, node.no);
    return [
      ...[...yes].filter((effect) => !no.has(effect)).map((effect) => ({ branch, side: 'yes' as const, node: effect })),
      ...[...no].filter((effect) => !yes.has(effect)).map((effect) => ({ branch, side: 'no' as const, node: effect })),
    ];
  });
}

function effectsFrom(journey: Journey, from: string | undefined): Set<string> {
  const seen = new Set<string>();
  const ahead = [from];
  while (ahead.length > 0) {
    const id = ahead.pop();
    const node = id === undefined ? undefined : journey.nodes[id];
    if (id === undefined || !node || seen.has(id)) continue;
    seen.add(id);
    ahead.push(node.next, node.yes, node.no);
  }
  return new Set([...seen].filter((id) => ['send', 'reward'].includes(journey.nodes[id]?.type ?? '')));
}
