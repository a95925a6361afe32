/**
 * Topics as they change, to whoever follows them. However many follow a topic in this process, it is looked at by one of them for all, every other second and
 * again only when that was answered; a stream hears of each topic by itself.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { EventStream } from '../http/event-stream.js';
import { Metrics } from '../http/metrics.js';
import { CLOCK, type Clock } from '../ports.js';
import { Topics, type Topic } from './topics.js';

/** Between two looks. */
const LOOK_MS = 2_000;
/** Temporal is asked less often than the database; whoever watches events has just sent one. */
const OTHER_LOOKS_MS: Partial<Record<Topic, number>> = { deployment: 5_000, events: 1_000 };
/** Without a change: that somebody still looks. */
const BEAT_MS = 5_000;

interface Follower {
  stream: EventStream;
  /** The version that was told last. */
  told: string;
  /** Milliseconds of this process. */
  at: number;
}

interface Seen {
  version: string;
  /** Business time of the look. */
  readAt: string;
}

@Injectable()
export class LiveTopics {
  private readonly watches = new Map<Topic, Watch>();
  private readonly looks: Counter<'topic'>;

  constructor(
    private readonly topics: Topics,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.looks = new Counter({
      registers: [metrics.registry],
      name: 'pado_live_looks_total',
      help: 'Looks at what somebody follows, by topic: as many for one who follows as for all',
      labelNames: ['topic'] as const,
    });
  }

  /** From the next look on, until the stream ends; at once where somebody has just looked. */
  follow(topics: readonly Topic[], stream: EventStream): void {
    for (const topic of topics) this.watchOf(topic).join(stream);
  }

  private watchOf(topic: Topic): Watch {
    const known = this.watches.get(topic);
    if (known) return known;
    const look = async (): Promise<Seen> => {
      this.looks.inc({ topic });
      await this.clock.follow();
      const readAt = new Date(this.clock.now()).toISOString();
      return { version: await this.topics.versionOf(topic), readAt };
    };
    const watch = new Watch(topic, look, OTHER_LOOKS_MS[topic] ?? LOOK_MS);
    this.watches.set(topic, watch);
    return watch;
  }
}

/** One topic, and who follows it. */
class Watch {
  private readonly followers = new Set<Follower>();
  private timer: NodeJS.Timeout | null = null;
  private seen: Seen | null = null;
  /** Milliseconds of this process. */
  private seenAt = -Infinity;

  constructor(
    private readonly topic: Topic,
    private readonly look: () => Promise<Seen>,
    private readonly everyMs: number,
  ) {}

  join(stream: EventStream): void {
    const follower: Follower = { stream, told: '', at: 0 };
    this.followers.add(follower);
    stream.onEnd(() => this.followers.delete(follower));
    if (this.seen && this.sinceMs() < this.everyMs) this.tell(this.seen, [follower]);
    this.schedule();
  }

  private sinceMs(): number {
    return performance.now() - this.seenAt;
  }

  /** Never sooner than a while after the last look, whoever comes and goes. */
  private schedule(): void {
    if (this.timer || this.followers.size === 0) return;
    this.timer = setTimeout(
      () => {
        void this.again()
          .catch(() => this.endAll())
          .finally(() => {
            this.timer = null;
            this.schedule();
          });
      },
      Math.max(0, this.everyMs - this.sinceMs()),
    );
    this.timer.unref(); // an end does not wait for it
  }

  private async again(): Promise<void> {
    if (this.followers.size === 0) return;
    try {
      this.seen = await this.look();
    } finally {
      this.seenAt = performance.now();
    }
    this.tell(this.seen, this.followers);
  }

  private tell({ version, readAt }: Seen, followers: Iterable<Follower>): void {
    const data = JSON.stringify({ topic: this.topic, readAt, version });
    const now = performance.now();
    for (const follower of followers) {
      if (follower.told === version && now - follower.at < BEAT_MS) continue;
      Object.assign(follower, { told: version, at: now });
      follower.stream.send(data);
    }
  }

  /** Who is told nothing any more comes again, and hears why. */
  private endAll(): void {
    this.seen = null;
    for (const { stream } of this.followers) stream.end();
  }
}
