/**
 * Moving people who wait in a run to a newer version of its campaign: which node maps keep the laws. A wait is carried as it is; nothing ahead of
 * it may have been got before it, ask for what only the old run knows, or lie on the other side of a branch. Pure.
 */
import type { Journey, JourneyNode, LaunchedCampaign, WaitNode } from './definition.js';
import { edgesOf, reachedFrom, ancestorsOf, targetsOf } from './graph.js';
import { loopOfNodes } from './loops.js';
import { rewardsOfSends, rewardsOfWaits } from './payout-waits.js';
import { isPayoutEvent } from '../response/payout-events.js';

/** By node of the old version: the node of the new one where its people go on waiting. */
export type NodeMap = Readonly<Record<string, string>>;

export interface MigrationFault {
  /** Of the old version. */
  node: string;
  /** In words that continue the name of the node, or of the one that it is mapped to. */
  detail: string;
}

/** `window`: people stand in it with a window of time, which is carried; the others look at the clock anew. */
export interface CarriedWait {
  node: string;
  to: string;
  /** Of the new version. */
  wave: number;
  window: boolean;
}

type Versions = { from: LaunchedCampaign; to: LaunchedCampaign };

/** `passed`: sends and rewards that came before the old run, where its people were moved into it. */
export function migrationFaults(versions: Versions, map: NodeMap, passed: readonly string[]): MigrationFault[] {
  const { from, to } = versions;
  return Object.entries(map).flatMap(([node, target]) => {
    const old = nodeOf(from.campaign.journey, node);
    const next = nodeOf(to.campaign.journey, target);
    const fault = (detail: string | null) => (detail === null ? [] : [{ node, detail }]);
    if (!old) return fault('is not a node of the version that they are on');
    if (!next) return fault(`is mapped to ${target}, which is not a node of the new version`);
    if (old.type !== 'wait') return fault(`is a ${old.type}: only people who wait are moved`);
    if (next.type !== 'wait') return fault(`is mapped to ${target}, which is a ${next.type} and not a wait`);
    const carried = carriedFault(versions, { node, target }, { old, next });
    if (carried !== null) return fault(carried);
    const behind = new Set([...effectsBefore(from.campaign.journey, node), ...passed]);
    return aheadFaults(to, target, behind).flatMap((detail) => fault(`is mapped to ${target}, ${detail}`));
  });
}

/** The waits of a map without faults. */
export function carriedWaits({ from, to }: Versions, map: NodeMap): CarriedWait[] {
  return Object.entries(map).map(([node, target]) => {
    const wait = nodeOf(from.campaign.journey, node);
    if (wait?.type !== 'wait') throw new Error('invariant: a mapped node that is no wait');
    return { node, to: target, wave: to.waves[target] ?? 0, window: hasWindow(wait) };
  });
}

/** Sends and rewards that whoever is moved by the map may have passed. */
export function passedBy(from: LaunchedCampaign, map: NodeMap, passed: readonly string[]): string[] {
  const own = Object.keys(map).flatMap((node) => effectsBefore(from.campaign.journey, node));
  return [...new Set([...own, ...passed])].sort();
}

const nodeOf = (journey: Journey, id: string): JourneyNode | undefined =>
  Object.hasOwn(journey.nodes, id) ? journey.nodes[id] : undefined;

const hasWindow = ({ span, response }: WaitNode): boolean => span !== undefined || response !== undefined;

const isEffect = (journey: Journey, id: string): boolean =>
  ['send', 'reward'].includes(nodeOf(journey, id)?.type ?? '');

function effectsBefore(journey: Journey, node: string): string[] {
  return [...(ancestorsOf(journey).get(node) ?? [])].filter((id) => isEffect(journey, id));
}

/** What keeps somebody's wait from being carried over as it is. */
function carriedFault(
  { from, to }: Versions,
  { node, target }: { node: string; target: string },
  { old, next }: { old: WaitNode; next: WaitNode },
): string | null {
  if (loopOfNodes(from.campaign.journey).has(node))
    return 'is repeated: the pass that they are in cannot be carried over';
  if (loopOfNodes(to.campaign.journey).has(target)) return `is mapped to ${target}, which is repeated`;
  const told = [old, next].some(({ response }) => response && isPayoutEvent(response.event));
  if (told) return 'waits for what becomes of a payout, which belongs to the run that it was made in';
  const ends = ({ span, until }: WaitNode) => (span !== undefined ? 'span' : until !== undefined ? 'until' : 'window');
  if (ends(old) !== ends(next)) return `ends by ${ends(old)}, and ${target} by ${ends(next)}`;
  const asks = ({ response }: WaitNode) => JSON.stringify([response?.event ?? null, response?.where ?? null]);
  return asks(old) === asks(next) ? null : `does not wait for the same response as ${target}`;
}

/** What lies ahead of the node and is not for somebody who has come by another way, in words. `behind`: what they may have got. */
function aheadFaults(to: LaunchedCampaign, target: string, behind: ReadonlySet<string>): string[] {
  const { journey } = to.campaign;
  const ahead = reachedFrom(target, (id) => targetsOf(journey, id, { back: true }));
  const asked = new Map([...rewardsOfWaits(journey), ...rewardsOfSends(journey)]);
  const own = [...ahead].sort().flatMap((id): string[] => {
    const node = nodeOf(journey, id);
    if (isEffect(journey, id) && behind.has(id)) return [`which leads to ${id} again`];
    const needs = node ? needsOf(to, id, node, asked.get(id) ?? null) : null;
    return needs === null || ahead.has(needs)
      ? []
      : [`behind which ${id} asks for ${needs}, which they passed in the old run, if at all`];
  });
  const sibling = otherSide(journey, ahead, behind);
  return sibling === null ? own : [...own, sibling];
}

/** The node that another one asks for what came of it. */
function needsOf(to: LaunchedCampaign, id: string, node: JourneyNode, reward: string | null): string | null {
  if (node.type === 'branch') return 'responded' in node.on ? node.on.responded : 'arm' in node.on ? node.on.of : null;
  if (node.type === 'wait') return reward;
  if (node.type !== 'send') return null;
  const { title = '', body = '' } = to.templates[id] ?? {};
  return /\breward\./.test(`${title ?? ''} ${body}`) ? reward : null;
}

/** Law 2: nobody gets something of two sides of one branch. */
function otherSide(journey: Journey, ahead: ReadonlySet<string>, behind: ReadonlySet<string>): string | null {
  for (const [id, node] of Object.entries(journey.nodes)) {
    if (node.type !== 'branch' && node.type !== 'split') continue;
    const sides = edgesOf(node).map(({ to }) => effectsFrom(journey, to));
    const only = (side: ReadonlySet<string>) =>
      [...side].filter((effect) => !sides.some((other) => other !== side && other.has(effect)));
    const got = sides.findIndex((side) => only(side).some((effect) => behind.has(effect)));
    const gets = sides.findIndex((side, n) => n !== got && only(side).some((effect) => ahead.has(effect)));
    if (got >= 0 && gets >= 0) return `which leads to the other side of ${id} than what they have passed`;
  }
  return null;
}

function effectsFrom(journey: Journey, from: string): Set<string> {
  const reached = reachedFrom(from, (id) => targetsOf(journey, id));
  return new Set([...reached].filter((id) => isEffect(journey, id)));
}
