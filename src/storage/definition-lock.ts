/**
 * One writer at a time per definition, so that its versions count up without gaps.
 */
export { lockDefinition } from './advisory.js';

/** Who writes a definition, and when (business now, epoch ms). */
export interface Authored {
  by: string;
  now: number;
}
