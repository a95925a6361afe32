/**
 * What a check of `pado doctor` is and what it can see: the state folder, where this installation's servers are, and what each of them tells,
 * asked once.
 */
import { inspectPostgres, type PostgresFacts } from '../services/inspect-postgres.js';
import { embeddedUrl } from '../services/postgres.js';
import { redisUrl } from '../services/redis.js';
import { EnvironmentLack } from '../services/report.js';
import { findRunning } from '../services/roster.js';
import { StateFolder } from '../services/state-folder.js';
import { readWaiting, type Waiting } from '../storage/attention.store.js';
import { inspectTemporal, type TemporalFacts } from '../temporal/inspect.js';
import { stateDir, toolsDir } from './state-dir.js';

/** Seen and well; or seen, not well yet, and what to do; or nothing to look at. */
export type Seen = string | { warning: string; cure: string } | null;

export interface Check {
  check: string;
  /** Whether what fails is the installation's, and not the machine's or a server's. */
  installation?: boolean;
  /** Errors: EnvironmentLack, with the cure. */
  look: (sight: Sight) => Promise<Seen> | Seen;
}

export class Sight {
  readonly state = StateFolder.open(stateDir(), toolsDir());
  /** As the owner; null where none is named and none runs. */
  readonly databaseUrl =
    process.env['DATABASE_URL'] || this.running('postgres', (port) => embeddedUrl(this.state, port));
  readonly redisUrl = process.env['REDIS_URL'] || this.running('redis', (port) => redisUrl(this.state, port));
  readonly temporalAddress = process.env['TEMPORAL_ADDRESS'] || this.running('temporal', (port) => `127.0.0.1:${port}`);
  readonly namespace = process.env['TEMPORAL_NAMESPACE'] || 'default';

  /** `patienceSeconds`: what is younger is still on its way to an answer. */
  constructor(readonly patienceSeconds: number) {}

  /** Null where there is nobody to ask, or who is asked does not answer, which a check of its own says. */
  readonly postgres = once(async (): Promise<PostgresFacts | null> => {
    return this.databaseUrl === null ? null : await inspectPostgres(this.databaseUrl).catch(() => null);
  });

  /** The same; null, too, where the tables are not there or not those of this program. */
  readonly waiting = once(async (): Promise<Waiting | null> => {
    return this.databaseUrl === null ? null : await readWaiting(this.databaseUrl).catch(() => null);
  });

  /** Null where there is no Temporal to ask. Errors: those of the connection; that the namespace is not there. */
  readonly temporal = once(async (): Promise<TemporalFacts | null> => {
    if (this.temporalAddress === null) return null;
    const busy = (await this.waiting())?.busy ?? [];
    const at = { address: this.temporalAddress, namespace: this.namespace };
    return await inspectTemporal(at, busy, Date.now(), process.env['PADO_DEPLOYMENT'] || null);
  });

  private running<T>(name: string, place: (port: number) => T): T | null {
    const port = findRunning(this.state, name)?.ports['main'];
    return port === undefined ? null : place(port);
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}

/** All that is wrong, in one. */
export function faulty(faults: readonly { what: string; cure: string }[]): EnvironmentLack {
  const said = (of: 'what' | 'cure') => [...new Set(faults.map((fault) => fault[of]))].join(' ');
  return new EnvironmentLack(said('what'), said('cure'));
}

/** `3 s`, `12 min`, `2 days`. */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
