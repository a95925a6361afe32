/**
 * What went wrong with a call, as the API says it (RFC 9457) or as the network does.
 */
import type { FieldFault, Problem } from '../client/types.gen.js';

export class CallFailed extends Error {
  override readonly name = 'CallFailed';

  constructor(
    /** 0 where nothing answered. */
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem?.detail ?? problem?.title ?? `status ${status}`);
  }

  /** Such as `own_work`, the end of `urn:pado:problem:own_work`. */
  get kind(): string {
    if (this.status === 0) return 'offline';
    return this.problem?.type.split(':').at(-1) ?? 'internal';
  }

  get faults(): readonly FieldFault[] {
    return this.problem?.errors ?? [];
  }

  /** Worth another try by itself: nobody answered, or not now. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** What a fault is about: the name of the parameter, or the path into the body. */
export function placeOf({ pointer, parameter, line }: FieldFault): string {
  if (parameter !== undefined) return parameter;
  if (line !== undefined) return String(line);
  return (pointer ?? '').replace(/^\//, '').replaceAll('/', ' › ').replaceAll('~1', '/').replaceAll('~0', '~');
}

/** What is said of the field of this place, a pointer or the name of a parameter; null: nothing. */
export function faultAt(error: unknown, place: string): string | null {
  if (!(error instanceof CallFailed)) return null;
  return error.faults.find(({ pointer, parameter }) => (parameter ?? pointer) === place)?.detail ?? null;
}

/** The same failure where something of it is said at none of these places; else null. */
export function saidNowhere(error: unknown, places: readonly string[]): unknown {
  if (!(error instanceof CallFailed) || error.faults.length === 0) return error;
  const isThere = error.faults.every(({ pointer, parameter }) => places.includes(parameter ?? pointer ?? ''));
  return isThere ? null : error;
}
