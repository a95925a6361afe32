/**
 * The answers that go on, of this process: so many at once, so many of one person, each for as long as its session or key may. They end before the
 * server closes, which would wait for them.
 */
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Response } from 'express';
import { Gauge } from 'prom-client';
import { KeysStore, type Role } from '../../storage/keys.store.js';
import { SessionsStore } from '../../storage/sessions.store.js';
import { CLOCK, type Clock } from '../ports.js';
import type { Access, AuthenticatedRequest } from './access.js';
import { EventStream } from './event-stream.js';
import { Metrics } from './metrics.js';
import { Problem } from './problem.js';

const STREAMS_MAX = 200;
/** A browser has six connections to one server, and needs some of them for everything else. */
export const STREAMS_PER_PERSON = 4;
/** How soon a stream ends after its session or key. */
const LOOK_MS = 2_000;

interface Open {
  stream: EventStream;
  person: string;
  session: string | null;
  key: string | null;
  /** Of each thing that it tells: one of these. */
  allowed: readonly (readonly Role[])[];
}

@Injectable()
export class OpenStreams implements BeforeApplicationShutdown {
  private readonly open = new Set<Open>();
  private timer: NodeJS.Timeout | null = null;
  private closing = false;

  constructor(
    private readonly sessions: SessionsStore,
    private readonly keys: KeysStore,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const gauge: Gauge = new Gauge({
      registers: [metrics.registry],
      collect: () => gauge.set(this.open.size),
      name: 'pado_event_streams',
      help: 'Answers that go on (text/event-stream) at present',
    });
  }

  /** Problems: too_many_requests, unavailable. */
  begin(
    request: AuthenticatedRequest,
    response: Response,
    ...accesses: readonly Extract<Access, { roles: unknown }>[]
  ): EventStream {
    const { actor, session = null } = request;
    if (!actor) throw new Error('invariant: a stream of nobody');
    if (this.closing) throw new Problem('unavailable', undefined, { headers: { 'Retry-After': '1' } });
    const own = [...this.open].filter(({ person }) => person === actor.id).length;
    if (own >= STREAMS_PER_PERSON) throw tooMany(`You follow ${own} things already.`);
    if (this.open.size >= STREAMS_MAX) throw tooMany('So many follow something already.');
    const stream = new EventStream(response);
    const one = { stream, person: actor.id, session, key: actor.key, allowed: accesses.map(({ roles }) => roles) };
    this.open.add(one);
    stream.onEnd(() => this.open.delete(one));
    this.schedule();
    return stream;
  }

  endAll(): void {
    for (const { stream } of this.open) stream.end();
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    if (this.timer) clearTimeout(this.timer);
    this.endAll();
  }

  private schedule(): void {
    if (this.timer || this.closing || this.open.size === 0) return;
    this.timer = setTimeout(() => {
      // who cannot be judged is let go, and comes again
      void this.judge()
        .catch(() => this.endAll())
        .finally(() => {
          this.timer = null;
          this.schedule();
        });
    }, LOOK_MS);
  }

  /** Two statements, however many are open. */
  private async judge(): Promise<void> {
    const all = [...this.open];
    const idsOf = (of: 'session' | 'key') => [...new Set(all.flatMap((one) => one[of] ?? []))];
    const [sessions, keys] = await Promise.all([
      this.sessions.lasting(idsOf('session'), this.clock.temporalNow()),
      this.keys.lasting(idsOf('key')),
    ]);
    for (const { stream, session, key, allowed } of all) {
      const has = session === null ? keys.get(key ?? '') : sessions.get(session);
      if (!has || !allowed.every((roles) => has.some((role) => roles.includes(role)))) stream.end();
    }
  }
}

const tooMany = (detail: string) => new Problem('too_many_requests', detail, { headers: { 'Retry-After': '30' } });
