/**
 * What the API finds wrong, at its place: the node, the field within it, or the field of the campaign.
 */
import { stepsOf } from './pointer.js';

export interface Fault {
  pointer: string;
  detail: string;
}

export interface PlacedFault extends Fault {
  /** Null: of the campaign. */
  node: string | null;
  /** Pointer into the node, or into the campaign; '' for the whole of it. */
  field: string;
}

const NODES = '/journey/nodes/';

export function placeFaults(faults: readonly Fault[]): PlacedFault[] {
  return faults.map((fault) => {
    if (!fault.pointer.startsWith(NODES)) return { ...fault, node: null, field: fault.pointer };
    const [node = ''] = stepsOf(`/${fault.pointer.slice(NODES.length)}`);
    const end = fault.pointer.indexOf('/', NODES.length);
    return { ...fault, node, field: end < 0 ? '' : fault.pointer.slice(end) };
  });
}

export const faultsByNode = (faults: readonly PlacedFault[]): ReadonlyMap<string | null, PlacedFault[]> =>
  Map.groupBy(faults, ({ node }) => node);

/** Details of what is wrong exactly here. */
export const faultsAt = (faults: readonly PlacedFault[], field: string): string[] =>
  faults.filter((fault) => fault.field === field).map(({ detail }) => detail);
