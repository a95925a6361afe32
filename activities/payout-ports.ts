/**
 * What a provider's queue works with: the provider, the books of its payouts and reversals, and whom it tells.
 */
import type { BusinessHours } from '../src/domain/ledger/business-hours.js';
import type {
  LookupReply,
  ProviderTerms,
  Resolution,
  SubmitReply,
  Unsure,
} from '../src/domain/ledger/payout-replies.js';
import type { ReversalReply, ReversalResolution, UnsureReversal } from '../src/domain/ledger/reversals.js';

export interface PayoutQueueInput {
  provider: string;
  shard: number;
  step: number;
  now: number;
}
export interface PayoutQueueResult {
  /** The newest step seen; larger than the input's when a newer owner exists. */
  step: number;
  more: boolean;
  done: number;
}
export interface PayoutResolveResult extends PayoutQueueResult {
  /** An undocumented answer has stopped the queue. */
  stopped: boolean;
  /** When to look again, in ms of transport time; null when nothing is open. */
  nextInMs: number | null;
}

/** One payout as submitted; it stays inside this process. */
export interface PayoutOrder {
  key: string;
  attemptId: number;
  attempt: number;
  body: string;
  /** Transport time since the first attempt, as of a moment of the claim. */
  ageMs: number;
}
export interface AttemptResult {
  key: string;
  attemptId: number;
  reply: SubmitReply;
}
export type PayoutClaim =
  | { kind: 'stale'; step: number }
  | { kind: 'empty' }
  | { kind: 'blocked' }
  | { kind: 'claimed'; signedAt: Date; orders: PayoutOrder[]; refused: number };
export interface DueLookup extends Unsure {
  key: string;
  /** How many it has had: an answer says nothing about later ones. */
  attempts: number;
}
export interface Resolved {
  key: string;
  attempts: number;
  resolution: Exclude<Resolution, { kind: 'resubmit' }>;
}

export interface PayoutPorts {
  provider(name: string): {
    /** `callsAtOnce`: of one claim; where each is a request of its own when left out. */
    terms: ProviderTerms & {
      timeoutMs: number;
      maxTps?: number | undefined;
      callsAtOnce?: number;
      /** Nothing is submitted outside of them; left out: at all hours. */
      hours?: BusinessHours | undefined;
    };
    /** `now`: business time, for a provider that decides by it. */
    submit(order: PayoutOrder, signedAt: Date, now: number): Promise<SubmitReply>;
    lookup(key: string, signedAt: Date): Promise<LookupReply>;
    /** Left out: what was paid there cannot be taken back. */
    reverse?: Reverse | undefined;
  };
  reversals: ReversalPorts;
  payouts: {
    claim(at: PayoutQueueInput, limit: number, leaseMs: number): Promise<PayoutClaim>;
    /** Ambiguous ones, gated again. `absent`: the provider has said that it knows none of them. */
    reclaim(at: PayoutQueueInput, keys: string[], leaseMs: number, absent: boolean): Promise<PayoutClaim>;
    /** Returns the queues that may go on, where the provider answers again. */
    record(
      at: PayoutQueueInput,
      results: readonly AttemptResult[],
      terms: ProviderTerms,
    ): Promise<{ name: string; shard: number }[]>;
    /** Up to `limit` whose submission may have been lost with a database that was set back become ambiguous; returns how many. */
    presume(at: PayoutQueueInput, limit: number): Promise<number>;
    /** Attempts whose lease ran out without a result become ambiguous. */
    expireLeases(at: PayoutQueueInput): Promise<number>;
    dueLookups(
      at: PayoutQueueInput,
      terms: ProviderTerms & { timeoutMs: number },
      limit: number,
    ): Promise<{ signedAt: Date; items: DueLookup[] }>;
    recordLookups(at: PayoutQueueInput, resolved: readonly Resolved[], terms: ProviderTerms): Promise<void>;
    /** `opensInMs`: until when the provider takes nothing. */
    nextInMs(at: PayoutQueueInput, opensInMs: number): Promise<number | null>;
    isStopped(at: PayoutQueueInput): Promise<boolean>;
    /** Up to `limit` of what payouts have to tell their waits become events. */
    tell(
      at: PayoutQueueInput,
      limit: number,
    ): Promise<{ told: number; lanes: { runId: string; lane: number }[]; payouts: { name: string; shard: number }[] }>;
  };
  nudger: {
    nudgeLane(runId: string, lane: number): Promise<void>;
    nudgePayout(provider: string, shard: number): Promise<void>;
  };
  /** Waits for the limit; no longer than until `ending` fires, after which nothing may be sent. */
  throttle: { take(system: string, n: number, ending: AbortSignal): Promise<void> };
}

export interface ReversalRef {
  key: string;
  n: number;
  attempts: number;
}
/** One reversal as it leaves; it stays inside this process. */
export interface ReversalOrder {
  key: string;
  n: number;
  attempt: number;
  reason: string;
  /** An earlier attempt may have been acted on. */
  unsure: boolean;
  /** Transport time since the first attempt, as of a moment of the claim. */
  ageMs: number;
}

export type Reverse = (order: ReversalOrder, signedAt: Date) => Promise<ReversalReply>;

export interface ReversalPorts {
  isDue(at: PayoutQueueInput): Promise<boolean>;
  unsure(
    at: PayoutQueueInput,
    terms: ProviderTerms & { timeoutMs: number },
    limit: number,
  ): Promise<{ signedAt: Date; items: (ReversalRef & UnsureReversal)[] }>;
  recordLookups(
    at: PayoutQueueInput,
    resolved: readonly (ReversalRef & { resolution: ReversalResolution })[],
    terms: ProviderTerms,
  ): Promise<void>;
  claim(
    at: PayoutQueueInput,
    again: readonly ReversalRef[],
    limit: number,
    leaseMs: number,
  ): Promise<{ signedAt: Date; orders: ReversalOrder[] }>;
  record(
    at: PayoutQueueInput,
    results: readonly { order: ReversalOrder; reply: ReversalReply }[],
    terms: ProviderTerms,
  ): Promise<void>;
}
