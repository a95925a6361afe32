/**
 * What the API says of a demonstration.
 */
import type { Demonstration } from '../../client/types.gen.js';

export type Shown = NonNullable<Demonstration['demonstration']>;

/** Well again, nothing unknown, and the day matched without a difference. */
export function isMended(fault: Shown['fault']): boolean {
  return fault !== null && fault.over && fault.ambiguous === 0 && fault.matched?.differences === 0;
}
