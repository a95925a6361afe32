/**
 * Runs as they change, to whoever follows them. However many follow, one statement a second reads all runs that anybody follows here; it is asked again
 * only when it was answered. Postgres' own notifications are not used for it: each would take a lock that every commit of the engine had to wait for.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config.js';
import { RunsStore, type RunSnapshot } from '../../storage/runs.store.js';
import type { EventStream } from '../http/event-stream.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';
import { presentRun } from './present-run.js';

const LOOK_MS = 1_000;
/** Without a change: that somebody still looks. */
const BEAT_MS = 5_000;

interface Follower {
  stream: EventStream;
  /** As it was told last, without the moment. */
  told: string;
  /** Milliseconds of this process. */
  at: number;
}

@Injectable()
export class LiveRuns {
  private readonly followed = new Map<string, Set<Follower>>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly runs: RunsStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** From this snapshot on, until the stream ends. */
  follow(snapshot: RunSnapshot, stream: EventStream): void {
    const { id } = snapshot.run;
    const follower: Follower = { stream, told: '', at: 0 };
    const others = this.followed.get(id);
    if (others) others.add(follower);
    else this.followed.set(id, new Set([follower]));
    stream.onEnd(() => this.leave(id, follower));
    this.tell(snapshot, [follower]);
    this.schedule();
  }

  private leave(id: string, follower: Follower): void {
    const followers = this.followed.get(id);
    followers?.delete(follower);
    if (followers?.size === 0) this.followed.delete(id);
  }

  private schedule(): void {
    if (this.timer || this.followed.size === 0) return;
    this.timer = setTimeout(() => {
      void this.look()
        .catch(() => this.endAll())
        .finally(() => {
          this.timer = null;
          this.schedule();
        });
    }, LOOK_MS);
  }

  private async look(): Promise<void> {
    if (this.followed.size === 0) return;
    await this.clock.follow();
    for (const snapshot of await this.runs.snapshots([...this.followed.keys()]))
      this.tell(snapshot, this.followed.get(snapshot.run.id) ?? []);
  }

  private tell(snapshot: RunSnapshot, followers: Iterable<Follower>): void {
    const { readAt, ...run } = presentRun(snapshot, this.config.temporal, this.clock.now());
    const told = JSON.stringify(run);
    const changed = JSON.stringify({ readAt, run: { ...run, readAt } });
    const same = JSON.stringify({ readAt, run: null });
    const now = performance.now();
    for (const follower of followers) {
      const isSame = follower.told === told;
      if (isSame && now - follower.at < BEAT_MS) continue;
      Object.assign(follower, { told, at: now });
      follower.stream.send(isSame ? same : changed);
    }
  }

  /** Who is told nothing any more comes again, and hears why. */
  private endAll(): void {
    for (const followers of this.followed.values()) for (const { stream } of followers) stream.end();
  }
}
