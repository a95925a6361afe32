/**
 * Whether something written by hand has the shape that the canvas can draw: everything finer is for the API to judge.
 */
import type { Campaign } from '../../client/types.gen.js';
import { KINDS } from './kinds.js';
import { isObject } from './pointer.js';

/** The place and what is wrong with it, or null. */
export function shapeFault(value: unknown): { pointer: string; detail: string } | null {
  if (!isObject(value)) return { pointer: '', detail: 'object' };
  const { journey } = value;
  if (!isObject(journey)) return { pointer: '/journey', detail: 'object' };
  if (typeof journey['start'] !== 'string') return { pointer: '/journey/start', detail: 'string' };
  if (!isObject(journey['nodes'])) return { pointer: '/journey/nodes', detail: 'object' };
  for (const [id, node] of Object.entries(journey['nodes'])) {
    const wrong = nodeFault(node);
    if (wrong) return { pointer: `/journey/nodes/${id}${wrong.pointer}`, detail: wrong.detail };
  }
  return null;
}

const TARGETS: Record<string, readonly string[]> = {
  send: ['next'],
  wait: ['next'],
  reward: ['next'],
  branch: ['yes', 'no'],
  repeat: ['again', 'next'],
};

function nodeFault(node: unknown): { pointer: string; detail: string } | null {
  if (!isObject(node)) return { pointer: '', detail: 'object' };
  const type = node['type'];
  if (!KINDS.some((kind) => kind === type)) return { pointer: '/type', detail: KINDS.join(' | ') };
  const missing = TARGETS[type as string]?.find((port) => typeof node[port] !== 'string');
  if (missing) return { pointer: `/${missing}`, detail: 'string' };
  if (type === 'branch' && !isObject(node['on'])) return { pointer: '/on', detail: 'object' };
  if (type === 'reward' && !isObject(node['amount'])) return { pointer: '/amount', detail: 'object' };
  if (type !== 'split') return null;
  const { arms } = node;
  if (!Array.isArray(arms)) return { pointer: '/arms', detail: 'list' };
  const n = arms.findIndex((arm) => !isObject(arm) || typeof arm['next'] !== 'string');
  return n < 0 ? null : { pointer: `/arms/${n}/next`, detail: 'string' };
}

export const isDrawable = (value: unknown): value is Campaign => shapeFault(value) === null;
