/**
 * What the parts of a retry share: by whose word it is carried out, what each part says of its items, and who is to hear of it after the commit.
 */
import type { Authored } from './definition-lock.js';

export interface RetryTerms extends Authored {
  no: number;
  reason: string;
  build: string;
  askable: Askable;
}

/** Which gateways and providers can be asked what became of something. */
export interface Askable {
  gateways: ReadonlySet<string>;
  providers: ReadonlySet<string>;
}

export interface Outcome {
  subject: string;
  done: boolean;
  /** Of a reissue the new key; of what was not done, why. */
  detail: string | null;
}
export interface Hints {
  runs?: string[];
  lanes?: { runId: string; lane: number }[];
  deliveries?: { name: string; shard: number }[];
  payouts?: { name: string; shard: number }[];
}
export interface Carried {
  outcomes: Outcome[];
  hints: Hints;
}

export const SNAPSHOT = 'select pg_current_snapshot()::text as snapshot';
