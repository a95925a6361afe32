/**
 * What goes wrong, and how often. Pure: whether a fault happens is a hash of (seed, system, fault, subject, attempt), so
 * the same seed repeats the same faults whatever order requests arrive in.
 */
import { hash } from 'node:crypto';
import type { Outcome } from './http.js';

/** Each a rate from 0 to 1, 0 by default. The first one drawn within a group wins; groups follow each other. */
export const RATE_NAMES = [
  // Before acting: nothing happens, nothing is in the book.
  'cutBefore', // the connection is cut
  'error5xxBefore', // 500, 502, 503 without Retry-After or 504
  'tooMany429', // with Retry-After
  'unavailable503', // with Retry-After
  'undocumented4xx', // 418
  // The decision, drawn per key and act, so that transport retries do not change it.
  'reject422', // provider: 422
  'reject', // provider: 201 with status rejected; gateway: result rejected
  'acceptThenCallback', // provider: status accepted, decided after callbackDelayMs
  'decideRejected', // provider: an accepted payout ends rejected instead of paid
  // After acting: it is in the book, the caller does not learn it.
  'hangAfterActing', // no reply; the connection is cut after hangMs
  'cutAfter', // the connection is cut
  'error5xxAfter', // 500, 502, 503 without Retry-After or 504
  'partialBatch', // gateway, per message: no result; acted on or not by an even draw
  // Callbacks and receipts.
  'callbackEarly', // sent, and answered, before the reply to the request
  'callbackLate', // sent callbackLateMs later than it should
  'callbackDuplicate', // sent again, once with the same webhook-id and once with another
  'callbackLost', // never sent: only a look-up tells
  'callbackUnknown', // provider: one more, for a key that nobody sent
  'callbackContradict', // provider: one more, with the opposite status
  // Look-ups.
  'lookupUnavailable', // 503 with Retry-After
] as const;
export type RateName = (typeof RATE_NAMES)[number];

/** Milliseconds: fixed, or drawn evenly from [min, max]. */
export type Span = number | readonly [number, number];

export interface FaultSettings extends Record<RateName, number> {
  /** Before every reply except the book's; a caller who gave up meanwhile is not acted on. */
  latencyMs: Span;
  /** How long a hanging connection is kept open. */
  hangMs: number;
  retryAfterSeconds: number;
  /** From `accepted` to the decision and its callback; from a message to its receipt. */
  callbackDelayMs: Span;
  /** What callbackLate adds. */
  callbackLateMs: Span;
}

const noRates = Object.fromEntries(RATE_NAMES.map((name) => [name, 0])) as Record<RateName, number>;

/** Nothing goes wrong. */
export const CALM: Readonly<FaultSettings> = {
  ...noRates,
  latencyMs: 0,
  hangMs: 60_000,
  retryAfterSeconds: 1,
  callbackDelayMs: [50, 500],
  callbackLateMs: [2_000, 5_000],
};

/** `settings` with `change` applied. Throws RangeError on an unknown name, a rate outside 0..1 or a negative time. */
export function changed(settings: FaultSettings, change: Partial<FaultSettings>): FaultSettings {
  for (const [name, value] of Object.entries(change)) {
    if (!(name in CALM)) throw new RangeError(`There is no fault named ${name}`);
    const isRate = (RATE_NAMES as readonly string[]).includes(name);
    const numbers = typeof value === 'number' ? [value] : value;
    const fits = numbers.every((n) => Number.isFinite(n) && n >= 0 && (!isRate || n <= 1));
    if (!fits) throw new RangeError(`${name} has to be ${isRate ? 'a rate from 0 to 1' : 'at least 0'}`);
  }
  return { ...settings, ...change };
}

/** Draws that depend on their arguments alone. */
export class Dice {
  constructor(
    readonly seed: string,
    readonly system: string,
  ) {}

  /** 64 hex digits of SHA-256 over the seed, the system and `parts`. */
  digest(...parts: readonly (string | number)[]): string {
    return hash('sha256', JSON.stringify([this.seed, this.system, ...parts]), 'hex');
  }

  /** Even over [0, 1). */
  unit(...parts: readonly (string | number)[]): number {
    return Number.parseInt(this.digest(...parts).slice(0, 8), 16) / 2 ** 32;
  }

  hits(rate: number, ...parts: readonly (string | number)[]): boolean {
    return rate > 0 && (rate >= 1 || this.unit(...parts) < rate);
  }

  /** Whole milliseconds. */
  span(span: Span, ...parts: readonly (string | number)[]): number {
    if (typeof span === 'number') return Math.round(span);
    const [min, max] = span;
    return max <= min ? Math.round(min) : Math.round(min + this.unit(...parts) * (max - min));
  }
}

export interface DrawnFault {
  fault: RateName;
  outcome: Outcome;
}

/** A fault that keeps the system from acting. `nowMs`: real time, for a Retry-After that is a date. */
export function drawBefore(
  dice: Dice,
  settings: FaultSettings,
  subject: string,
  attempt: number,
  nowMs: number,
): DrawnFault | undefined {
  const happens = (fault: RateName): boolean => dice.hits(settings[fault], fault, subject, attempt);
  if (happens('cutBefore')) return { fault: 'cutBefore', outcome: 'cut' };
  if (happens('error5xxBefore')) return { fault: 'error5xxBefore', outcome: serverError(dice, subject, attempt) };
  const wait = (): Record<string, string> => retryAfter(dice, settings.retryAfterSeconds, subject, attempt, nowMs);
  if (happens('tooMany429')) {
    return { fault: 'tooMany429', outcome: { status: 429, headers: wait(), json: { reason: 'too_many_requests' } } };
  }
  if (happens('unavailable503')) {
    return { fault: 'unavailable503', outcome: { status: 503, headers: wait(), json: { reason: 'unavailable' } } };
  }
  if (happens('undocumented4xx')) {
    return { fault: 'undocumented4xx', outcome: { status: 418, json: { reason: 'undocumented' } } };
  }
  return undefined;
}

/** A fault that hides from the caller what the system did. */
export function drawAfter(
  dice: Dice,
  settings: FaultSettings,
  subject: string,
  attempt: number,
): DrawnFault | undefined {
  const happens = (fault: RateName): boolean => dice.hits(settings[fault], fault, subject, attempt);
  if (happens('hangAfterActing')) return { fault: 'hangAfterActing', outcome: 'hang' };
  if (happens('cutAfter')) return { fault: 'cutAfter', outcome: 'cut' };
  if (happens('error5xxAfter')) return { fault: 'error5xxAfter', outcome: serverError(dice, subject, attempt) };
  return undefined;
}

/** All of them ambiguous by the protocol, a 503 without Retry-After too. */
function serverError(dice: Dice, subject: string, attempt: number): Outcome {
  const statuses = [500, 502, 503, 504];
  const status = statuses[Math.floor(dice.unit('which5xx', subject, attempt) * statuses.length)] ?? 500;
  return { status, json: { reason: 'internal' } };
}

/** Either form of RFC 9110 section 10.2.3, so that callers meet both. */
export function retryAfter(
  dice: Dice,
  seconds: number,
  subject: string,
  attempt: number,
  nowMs: number,
): Record<string, string> {
  const asDate = dice.unit('retryAfterForm', subject, attempt) < 0.5;
  const until = new Date(Math.ceil(nowMs / 1_000 + seconds) * 1_000);
  return { 'retry-after': asDate ? until.toUTCString() : String(Math.ceil(seconds)) };
}
