/**
 * What a journey's graph says about sibling branches: which effects lie on one side of a branch or split only. Whoever had effects of two
 * sides of one branch in one visit has walked a way that does not exist (law 2). What is repeated is read pass by pass: the edge of a repeat
 * that leads back is not followed.
 */
export interface JourneyNode {
  type: string;
  next?: string;
  yes?: string;
  no?: string;
  again?: string;
  channel?: string;
  fallback?: { channel: string }[];
  experiment?: string;
  holdout?: number;
  arms?: { name: string; weight: number; next: string }[];
}
export interface Journey {
  start: string;
  nodes: Record<string, JourneyNode | undefined>;
}

export interface EffectSide {
  branch: string;
  /** yes, no, or the arm. */
  side: string;
  /** `pass`: effects of the pass that the branch is in; `rest`: those of all else. Only effects of one scope exclude each other. */
  scope: 'pass' | 'rest';
  /** A send or reward that only this side leads to. */
  node: string;
}

/** For each branch and split, the sends and rewards that can be reached by one of its edges only. */
export function effectSides(journey: Journey): EffectSide[] {
  const loops = loopsOf(journey);
  return Object.entries(journey.nodes).flatMap(([branch, node]) => {
    const sides = node ? sidesOf(node).map(({ side, to }) => ({ side, effects: effectsFrom(journey, to) })) : [];
    const own = loops.find((loop) => loop.has(branch));
    return sides.flatMap(({ side, effects }, n) =>
      [...effects]
        .filter((effect) => !sides.some((other, m) => m !== n && other.effects.has(effect)))
        .map((effect) => ({
          branch,
          side,
          scope: own?.has(effect) ? ('pass' as const) : ('rest' as const),
          node: effect,
        })),
    );
  });
}

function sidesOf({ type, yes, no, arms }: JourneyNode): { side: string; to: string | undefined }[] {
  if (type === 'split') return (arms ?? []).map(({ name, next }) => ({ side: name, to: next }));
  if (type !== 'branch') return [];
  return [
    { side: 'yes', to: yes },
    { side: 'no', to: no },
  ];
}

/** What a node leads to within a pass. */
const onward = ({ next, yes, no, arms }: JourneyNode): (string | undefined)[] => [
  next,
  yes,
  no,
  ...(arms ?? []).map((arm) => arm.next),
];

/** All nodes that a node leads to, itself included. */
export function reachedFrom(journey: Journey, from: string | undefined): Set<string> {
  const seen = new Set<string>();
  const ahead = [from];
  while (ahead.length > 0) {
    const id = ahead.pop();
    const node = id === undefined || !Object.hasOwn(journey.nodes, id) ? undefined : journey.nodes[id];
    if (id === undefined || !node || seen.has(id)) continue;
    seen.add(id);
    ahead.push(...onward(node));
  }
  return seen;
}

function effectsFrom(journey: Journey, from: string | undefined): Set<string> {
  const reached = reachedFrom(journey, from);
  return new Set([...reached].filter((id) => ['send', 'reward'].includes(journey.nodes[id]?.type ?? '')));
}

/** Per repeat, the nodes between where it goes back to and itself. */
function loopsOf(journey: Journey): Set<string>[] {
  return Object.entries(journey.nodes).flatMap(([id, node]) => {
    if (node?.type !== 'repeat') return [];
    const body = [...reachedFrom(journey, node.again)].filter((at) => reachedFrom(journey, at).has(id));
    return [new Set(body)];
  });
}
