/**
 * How one system misbehaves now: its fault settings, whether it is held, and the wait and the faults around each act.
 * While held nothing is acted on, and a caller who has given up is never acted for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CALM, changed, Dice, drawAfter, drawBefore, retryAfter, type FaultSettings, type RateName } from './faults.js';
import type { Outcome, Reply } from './http.js';

export interface MisbehaviourOptions {
  name: string;
  /** With the system's name it decides every draw. */
  seed: string;
  faults?: Partial<FaultSettings>;
  /** Requests per second that are not answered by 429; unlimited by default. */
  maxTps?: number;
}

export interface MisbehaviourStats {
  /** Callers who had given up before the system acted. */
  gone: number;
  /** How often each fault happened. */
  faults: Partial<Record<RateName, number>>;
  held: boolean;
  /** Requests that wait until it is released. */
  waiting: number;
}

/** Whether the caller has closed the connection. */
export interface Caller {
  isGone: () => boolean;
}

export class Misbehaviour {
  readonly dice: Dice;
  settings: FaultSettings;
  private readonly maxTps: number | undefined;
  private readonly attempts = new Map<string, number>();
  private readonly closing = new AbortController();
  private readonly faults: Partial<Record<RateName, number>> = {};
  private gone = 0;
  private waiting = 0;
  private gate: { opened: Promise<void>; open: () => void } | undefined;
  private tokens: { left: number; wall: number };
  /** What it goes back to by itself. */
  private passing: { before: FaultSettings; timer: NodeJS.Timeout } | undefined;

  constructor(options: MisbehaviourOptions) {
    this.dice = new Dice(options.seed, options.name);
    this.settings = changed(CALM, options.faults ?? {});
    this.maxTps = options.maxTps;
    this.tokens = { left: options.maxTps ?? 0, wall: Date.now() };
  }

  change(faults: Partial<FaultSettings>): void {
    this.settings = changed(this.settings, faults);
  }

  /** For so long, then as it was before; once more begins anew, 0 ends it. As for `change` where a name, a rate or a time is wrong. */
  changeFor(faults: Partial<FaultSettings>, forMs: number): void {
    const before = this.passing?.before ?? this.settings;
    const during = changed(before, faults);
    clearTimeout(this.passing?.timer);
    const isOver = forMs <= 0;
    this.settings = isOver ? before : during;
    this.passing = isOver ? undefined : { before, timer: setTimeout(() => this.changeFor({}, 0), forMs).unref() };
  }

  /** All rates to 0 and no latency; the other times stay as set, and so does a hold. */
  heal(): void {
    const { hangMs, retryAfterSeconds, callbackDelayMs, callbackLateMs } = this.settings;
    this.settings = { ...CALM, hangMs, retryAfterSeconds, callbackDelayMs, callbackLateMs };
  }

  hold(): void {
    if (this.gate) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.gate = { opened, open };
  }

  /** Those whose callers still wait are acted on now. */
  release(): void {
    this.gate?.open();
    this.gate = undefined;
  }

  stats(): MisbehaviourStats {
    return { gone: this.gone, faults: { ...this.faults }, held: this.gate !== undefined, waiting: this.waiting };
  }

  /** Whoever still waits is cut off, not acted for. */
  close(): void {
    clearTimeout(this.passing?.timer);
    this.closing.abort();
    this.release();
  }

  /** The number of this request for `subject`, from 1. */
  nextAttempt(subject: string): number {
    const attempt = (this.attempts.get(subject) ?? 0) + 1;
    this.attempts.set(subject, attempt);
    return attempt;
  }

  /** After a restart: `subject` was acted on by its request number `attempt`. */
  restoreAttempt(subject: string, attempt: number): void {
    if ((this.attempts.get(subject) ?? 0) < attempt) this.attempts.set(subject, attempt);
  }

  /** Whether this fault happens; counted when it does. */
  happens(fault: RateName, subject: string, attempt: number): boolean {
    const hit = this.dice.hits(this.settings[fault], fault, subject, attempt);
    if (hit) this.count(fault);
    return hit;
  }

  /** Wait, then act and answer, with whatever goes wrong on the way. `act` runs at most once. */
  async perform(caller: Caller, subject: string, attempt: number, act: () => Reply | Promise<Reply>): Promise<Outcome> {
    const stopped = await this.wait(caller, subject, attempt);
    if (stopped) return stopped;
    const before = drawBefore(this.dice, this.settings, subject, attempt, Date.now());
    if (before) {
      this.count(before.fault);
      return before.outcome;
    }
    const reply = await act();
    const after = drawAfter(this.dice, this.settings, subject, attempt);
    if (!after) return reply;
    this.count(after.fault);
    return after.outcome;
  }

  /** A read: latency, holding and the look-up fault, nothing else. */
  async look(caller: Caller, subject: string, answer: () => Reply | Promise<Reply>): Promise<Outcome> {
    const attempt = this.nextAttempt(subject);
    const stopped = await this.wait(caller, subject, attempt);
    if (stopped) return stopped;
    if (!this.happens('lookupUnavailable', subject, attempt)) return answer();
    return this.pushedBack(503, subject, attempt);
  }

  private async wait(caller: Caller, subject: string, attempt: number): Promise<Outcome | undefined> {
    const latencyMs = this.dice.span(this.settings.latencyMs, 'latencyMs', subject, attempt);
    if (latencyMs > 0) await sleep(latencyMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
    this.waiting += 1;
    while (this.gate) await this.gate.opened;
    this.waiting -= 1;
    if (this.closing.signal.aborted || caller.isGone()) {
      this.gone += 1;
      return 'cut';
    }
    return this.hasToken() ? undefined : this.pushedBack(429, subject, attempt);
  }

  private pushedBack(status: 429 | 503, subject: string, attempt: number): Reply {
    const headers = retryAfter(this.dice, this.settings.retryAfterSeconds, subject, attempt, Date.now());
    return { status, headers, json: { reason: status === 429 ? 'too_many_requests' : 'unavailable' } };
  }

  /** A bucket of `maxTps` that fills at `maxTps` a second. */
  private hasToken(): boolean {
    if (this.maxTps === undefined) return true;
    const wall = Date.now();
    const filled = this.tokens.left + ((wall - this.tokens.wall) / 1_000) * this.maxTps;
    this.tokens = { left: Math.min(this.maxTps, filled), wall };
    if (this.tokens.left < 1) return false;
    this.tokens.left -= 1;
    return true;
  }

  private count(fault: RateName): void {
    this.faults[fault] = (this.faults[fault] ?? 0) + 1;
  }
}
