/**
 * What the API needs from the rest of the program; the wiring hands it over. Stores and the Temporal gateway fit by shape.
 */
import type { Redis } from 'ioredis';
import type { Config } from '../config.js';
import type { Joined } from '../storage/anonymous.store.js';
import type { InboxCopies } from '../storage/inbox-copy.store.js';
import type { IngestionStore } from '../storage/ingestion.store.js';
import type { Client, Pool } from '../storage/pool.js';
import type { RetryPlanner } from '../storage/retry-plan.store.js';
import type { RetryWork } from '../storage/retry-work.store.js';
import type { StartRow } from '../storage/starts.store.js';
import type { Deployment } from '../temporal/deployment.js';
import type { Queues } from '../temporal/nudger.js';

/** Business time (law 9), stamped at the API's edge. */
export interface Clock {
  /** Business now, epoch milliseconds. */
  now(): number;
  /** Temporal's own now, epoch milliseconds: what a business epoch is counted from. */
  temporalNow(): number;
  /** Called after a business epoch was stored: the next `now()` must follow it. */
  measure(): Promise<void>;
  /** The same of one that another process may have stored; nothing to do once there is a run. */
  follow(): Promise<void>;
}

/** Hints sent after commit. All are best effort (the sweep finds what a lost one leaves); `startRun` may reject. */
export interface Nudger {
  startRun(runId: string): Promise<void>;
  nudgeLanes(lanes: { runId: string; lane: number }[]): void;
  nudgeRun(runId: string): Promise<void>;
  nudgeDelivery(gateway: string, shard: number): void;
  nudgePayout(provider: string, shard: number): void;
  /** Of whom a person waits to see them go on: told at once, without waiting for more to tell. */
  wake(queues: Queues): void;
}

/** Temporal's schedules: they wake us at a campaign's slots, and decide nothing. */
export interface StartAlarms {
  put(start: StartRow): Promise<void>;
  remove(campaign: string): Promise<void>;
}

/** A provider's word about one payout, as a verified callback brought it. */
export interface ProviderCallback {
  provider: string;
  key: string;
  reference: string | null;
  status: 'paid' | 'rejected' | 'reversed';
  reason: string | null;
  /** The provider's own time of payment. */
  paidAt: Date | null;
  code: string | null;
}

export interface PayoutBook {
  /**
   * Apply a callback inside the given transaction; an unknown key or a contradiction is recorded as a break, never thrown. Returns the queue
   * to nudge after the commit, null when nothing moved.
   */
  recordCallback(
    client: Client,
    callback: ProviderCallback,
    now: number,
  ): Promise<{ provider: string; shard: number } | null>;
}

/** Events of anonymous ids that have to join the customers behind them; some at a time. */
export interface AnonymousEvents {
  join(now: number): Promise<Joined>;
}

/** What a provider's book says of a day; asking does nothing there. */
export interface SettlementSource {
  fetch(
    provider: string,
    day: string,
    signedAt: Date,
  ): Promise<
    | { kind: 'file'; bytes: AsyncIterable<Uint8Array> }
    | { kind: 'absent' }
    | { kind: 'refused'; status: number }
    | { kind: 'unanswered' }
  >;
}

/** What a demonstration shows, and breaks for a while; false: the simulator was not reached. */
export interface Demonstrated {
  campaign: string;
  provider: string;
  /** 0: it is well again. */
  paidThenSilent(forMs: number, signedAt: Date): Promise<boolean>;
}

/** The builds of the deployment that workers belong to. */
export type Builds = Pick<Deployment, 'name' | 'look' | 'deserted' | 'setCurrent' | 'ramp' | 'abandon'>;

/** A test of a message, as its gateway's answer tells it, in the shape of a hand-over. */
export type TestOutcome =
  | {
      kind: 'answered';
      results: Map<string, { status: 'accepted' | 'rejected'; reason: string | null; reference: string | null }>;
    }
  | { kind: 'later'; retryAfterMs: number }
  | { kind: 'delayed'; retryAfterMs: number }
  | { kind: 'refused'; status: number }
  | { kind: 'unknown' };

/** Hands one test to a gateway, in one attempt. */
export interface TestGateways {
  send(
    gateway: string,
    test: {
      id: string;
      channel: string;
      to: string;
      text: { title: string | null; body: string };
      template: string;
      advertising: boolean;
      /** Business time, epoch ms. */
      now: number;
      /** Database time: of the call's signature. */
      signedAt: Date;
    },
  ): Promise<TestOutcome>;
}

/** Is a service there? Rejects when it is not. */
export interface Probe {
  ping(): Promise<void>;
}

export interface ApiDeps {
  config: Config;
  pool: Pool;
  redis: Redis;
  inboxCopies: InboxCopies;
  clock: Clock;
  nudger: Nudger;
  alarms: StartAlarms;
  payoutBook: PayoutBook;
  events: IngestionStore;
  anonymous: AnonymousEvents;
  settlements: SettlementSource;
  retryPlanner: RetryPlanner;
  retryWork: RetryWork;
  testGateways: TestGateways;
  temporal: Probe;
  /** Null: workers have no versions. */
  deployment: Builds | null;
  /** Null: this is no demonstration. */
  demonstrated: Demonstrated | null;
}

export const CONFIG = Symbol('config');
export const POOL = Symbol('pool');
export const REDIS = Symbol('redis');
export const CLOCK = Symbol('clock');
export const NUDGER = Symbol('nudger');
export const START_ALARMS = Symbol('start alarms');
export const PAYOUT_BOOK = Symbol('payout book');
export const ANONYMOUS_EVENTS = Symbol('anonymous events');
export const SETTLEMENT_SOURCE = Symbol('settlement source');
export const TEST_GATEWAYS = Symbol('test gateways');
export const TEMPORAL_PROBE = Symbol('temporal probe');
export const DEPLOYMENT = Symbol('deployment');
export const DEMONSTRATED = Symbol('demonstrated');
