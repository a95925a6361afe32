/**
 * What differs between two forms of a campaign: its own fields, and node by node which were added, removed or changed, and in which fields.
 */
import type { Campaign, Journey, JourneyNode } from '../../client/types.gen.js';
import { isObject, isSame, pointerOf, type Step } from './pointer.js';

export interface FieldChange {
  pointer: string;
  /** Undefined: it was not there. */
  before: unknown;
  /** Undefined: it is not there any more. */
  after: unknown;
}

export type Fate = 'added' | 'removed' | 'changed' | 'same';

export interface NodeChange {
  id: string;
  fate: Fate;
  before: JourneyNode | undefined;
  after: JourneyNode | undefined;
  fields: FieldChange[];
}

export interface CampaignChange {
  fields: FieldChange[];
  /** Of both, those of the later form first. */
  nodes: NodeChange[];
}

export function changeOf(before: Campaign, after: Campaign): CampaignChange {
  const { journey: old, ...oldFields } = before;
  const { journey, ...fields } = after;
  const ids = [...new Set([...Object.keys(journey.nodes), ...Object.keys(old.nodes)])];
  return {
    fields: [...fieldsOf(oldFields, fields), ...fieldsOf(old.start, journey.start, ['journey', 'start'])],
    nodes: ids.map((id) => nodeChange(id, old.nodes[id], journey.nodes[id])),
  };
}

function nodeChange(id: string, before: JourneyNode | undefined, after: JourneyNode | undefined): NodeChange {
  if (!before || !after) return { id, fate: after ? 'added' : 'removed', before, after, fields: [] };
  const fields = fieldsOf(before, after);
  return { id, fate: fields.length > 0 ? 'changed' : 'same', before, after, fields };
}

/** Field by field; lists of different lengths as a whole, since their places do not say which is which. */
function fieldsOf(before: unknown, after: unknown, at: readonly Step[] = []): FieldChange[] {
  if (isSame(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])];
    return keys.flatMap((key) => fieldsOf(before[key], after[key], [...at, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((value, n) => fieldsOf(value, after[n], [...at, n]));
  return [{ pointer: pointerOf(at), before, after }];
}

/** Both at once, to be drawn: the later form, and the nodes that it has no more. */
export const unionOf = (before: Journey, after: Journey): Journey => ({
  start: after.start,
  nodes: { ...before.nodes, ...after.nodes },
});
