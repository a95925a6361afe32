/**
 * Group commit: events of requests that arrive within a few milliseconds share one transaction, and each request is answered only
 * after its commit. When a shared transaction fails, each request's events are tried alone, so that none fails for another's sake.
 */
import { Inject, Injectable } from '@nestjs/common';
import { IngestionStore, type ToldEvent } from '../../storage/ingestion.store.js';
import { Metrics } from '../http/metrics.js';
import { Problem } from '../http/problem.js';
import { NUDGER, type Nudger } from '../ports.js';
import { AnonymousJoiner } from './anonymous-joiner.js';

/** Gathered for: what comes alone, and what comes while others are being stored and are not many yet; a commit costs much the same for one as for many. */
const GATHER_MS = 2;
const GATHER_BEHIND_MS = 40;
const MANY = 500;
const EVENTS_PER_COMMIT = 1_000;
const COMMITS_IN_FLIGHT = 3;
const EVENTS_PENDING_MAX = 20_000;

interface Pending {
  events: readonly ToldEvent[];
  resolve(): void;
  reject(error: unknown): void;
}

@Injectable()
export class EventQueue {
  private pending: Pending[] = [];
  private pendingEvents = 0;
  private inFlight = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly store: IngestionStore,
    private readonly joiner: AnonymousJoiner,
    private readonly metrics: Metrics,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  /** Resolves after the durable commit. Problem `unavailable` when too much is waiting already. */
  async append(events: readonly ToldEvent[]): Promise<void> {
    if (this.pendingEvents + events.length > EVENTS_PENDING_MAX) {
      throw new Problem('unavailable', 'Too many events are waiting.', { headers: { 'Retry-After': '1' } });
    }
    await new Promise<void>((resolve, reject) => {
      this.pending.push({ events, resolve, reject });
      this.pendingEvents += events.length;
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.timer || this.pending.length === 0 || this.inFlight >= COMMITS_IN_FLIGHT) return;
    const isBehind = this.inFlight > 0 && this.pendingEvents < MANY;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        void this.commit(this.take()).finally(() => {
          this.inFlight -= 1;
          this.schedule();
        });
        this.schedule();
      },
      isBehind ? GATHER_BEHIND_MS : GATHER_MS,
    );
  }

  private take(): Pending[] {
    let size = 0;
    let count = 0;
    while (
      count < this.pending.length &&
      (count === 0 || size + (this.pending[count]?.events.length ?? 0) <= EVENTS_PER_COMMIT)
    ) {
      size += this.pending[count]?.events.length ?? 0;
      count += 1;
    }
    this.pendingEvents -= size;
    this.inFlight += 1;
    return this.pending.splice(0, count);
  }

  private async commit(group: readonly Pending[]): Promise<void> {
    try {
      await this.storeAndNudge(group.flatMap((item) => item.events));
      for (const item of group) item.resolve();
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error);
      else for (const item of group) await this.commit([item]);
    }
  }

  private async storeAndNudge(events: readonly ToldEvent[]): Promise<void> {
    const { stored, lanes, payouts, pending } = await this.store.append(events);
    this.metrics.events.inc({ outcome: 'stored' }, stored);
    this.metrics.events.inc({ outcome: 'duplicate' }, events.length - stored);
    this.metrics.eventsPerCommit.observe(events.length);
    if (pending) this.joiner.want();
    if (lanes.length > 0) this.nudger.nudgeLanes(lanes);
    for (const { name, shard } of payouts) this.nudger.nudgePayout(name, shard);
  }
}
