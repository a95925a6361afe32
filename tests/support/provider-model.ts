/**
 * A provider in a few lines, for tests of the payout machine: what it does with a request, and what its book then says. It acts only on what
 * reaches it within the time-out, and an idempotent one knows a key within its window; beyond that it truly pays again.
 */
import type { LookupReply, PayoutWord, SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import type { Terms } from './payouts.js';

export type Verdict = 'paid' | 'rejected' | 'accepted' | 'later';

interface Known {
  first: PayoutWord;
  current: PayoutWord;
  firstAt: number;
}

/** One request on its way; `sentAt` null while the worker has not sent it. */
export interface InFlight {
  key: string;
  attemptId: number;
  ageMs: number;
  isRepeat: boolean;
  claimedAt: number;
  sentAt: number | null;
  reply: SubmitReply | null;
  /** What the worker has recorded; it may still reach the provider afterwards. */
  recorded: boolean;
  crashed: boolean;
}

const word = (status: PayoutWord['status'], reference: string): PayoutWord => ({
  status,
  reason: status === 'rejected' ? 'account_closed' : null,
  reference,
  paidAt: null,
  code: null,
});

export class ProviderModel {
  /** Payments by key. */
  readonly payments = new Map<string, number>();
  private readonly known = new Map<string, Known>();
  private acts = 0;
  private shiftMs = 0;

  constructor(readonly terms: Terms) {}

  now(): number {
    return performance.now() + this.shiftMs;
  }

  pass(ms: number): void {
    this.shiftMs += ms;
  }

  /** The request arrives and is decided; null when it never arrives. */
  act(request: InFlight, verdict: Verdict): SubmitReply | null {
    if (request.sentAt === null || request.reply || this.now() > request.sentAt + this.terms.timeoutMs) return null;
    if (verdict === 'later') return (request.reply = { kind: 'later', retryAfterMs: 0 });
    const known = this.known.get(request.key);
    if (known && this.terms.idempotent && this.now() <= known.firstAt + this.terms.idempotencyMs) {
      return (request.reply = { kind: 'word', word: known.first });
    }
    this.acts += 1;
    const told = word(verdict, `ref-${this.acts}`);
    this.known.set(request.key, { first: told, current: told, firstAt: known?.firstAt ?? this.now() });
    if (verdict === 'paid') this.pay(request.key);
    return (request.reply = { kind: 'word', word: told });
  }

  /** What it had accepted, it decides. */
  decide(key: string, status: 'paid' | 'rejected'): void {
    const known = this.known.get(key);
    if (known?.current.status !== 'accepted') return;
    known.current = word(status, known.current.reference ?? '');
    if (status === 'paid') this.pay(key);
  }

  lookup(key: string): LookupReply {
    const known = this.known.get(key);
    return known ? { kind: 'word', word: known.current } : { kind: 'absent' };
  }

  /** Its present word about a key, which its owner would give too. */
  wordOf(key: string): PayoutWord | null {
    return this.known.get(key)?.current ?? null;
  }

  keys(): string[] {
    return [...this.known.keys()];
  }

  private pay(key: string): void {
    this.payments.set(key, (this.payments.get(key) ?? 0) + 1);
  }
}
