/**
 * Where the provider decides: pay, refuse or take for later; repeat or, when it is not idempotent, pay again; take back.
 * Every decision is in the book before anybody is told of it.
 */
import { hash } from 'node:crypto';
import type { BookFile } from './book-file.js';
import type { PaymentLine, PayoutLine, ProviderLine, ReversalLine, ReversalRejectionLine } from './books.js';
import type { CallbackSender } from './callbacks.js';
import type { BusinessClock } from './clock.js';
import type { Reply } from './http.js';
import type { Misbehaviour } from './misbehaviour.js';
import type { PayoutOrder, ReversalOrder } from './orders.js';
import {
  payoutResult,
  reversalResult,
  type PayoutRegister,
  type PayoutResult,
  type Untold,
} from './payout-register.js';

/** How long a callback that goes ahead of the reply may hold the reply up. */
const EARLY_CALLBACK_MS_MAX = 2_000;

export interface DeskOptions {
  name: string;
  idempotent: boolean;
  idempotencyMs: number;
  clock: BusinessClock;
}

type Facts = Omit<PaymentLine, 'type' | 'status' | 'paidAt' | 'code'>;

export class PayoutDesk {
  readonly counts = { payments: 0, rejections: 0, accepted: 0, reversals: 0, repeats: 0 };

  constructor(
    private readonly options: DeskOptions,
    private readonly book: BookFile<ProviderLine>,
    private readonly register: PayoutRegister,
    private readonly misbehaviour: Misbehaviour,
    private readonly callbacks: CallbackSender,
  ) {}

  /** Answer a payout order: 201 the first time, 200 or 422 as the first time, 409 for the same key with another body. */
  payOrRepeat(order: PayoutOrder, attempt: number): Reply | Promise<Reply> {
    const known = this.register.payout(order.key);
    const { idempotent, idempotencyMs } = this.options;
    if (!known || !idempotent || Date.now() - known.actedWallMs > idempotencyMs) {
      return this.pay(order, (known?.acts ?? 0) + 1, attempt);
    }
    if (known.bodySha256 !== order.bodySha256) return { status: 409, json: { reason: 'key_reused' } };
    this.counts.repeats += 1;
    return known.wasHttp422 ? refusal(known.first) : { status: 200, json: known.first };
  }

  /** Answer a reversal order. Takes back the oldest payment that still stands. */
  reverse(order: ReversalOrder, attempt: number): Reply | Promise<Reply> {
    const known = this.register.reversal(order.reversalKey);
    if (known && this.options.idempotent) {
      if (known.bodySha256 !== order.bodySha256) return { status: 409, json: { reason: 'key_reused' } };
      this.counts.repeats += 1;
      return known.wasHttp422 ? refusal(known.result) : { status: 200, json: known.result };
    }
    const line = this.reversalLine(order, attempt);
    this.write(line);
    const result = reversalResult(line);
    if (line.type === 'reversal_rejection' && line.via === 'http422') return refusal(result);
    const reply: Reply = { status: 201, json: result };
    const isEarly = line.type === 'reversal' && this.misbehaviour.happens('callbackEarly', order.reversalKey, 1);
    return isEarly ? this.tellEarly(result, order.reversalKey, 1).then(() => reply) : reply;
  }

  /** Decide what was accepted, if that is still open, and tell it, after the delay that is set. */
  decideLater({ accepted, decision }: Untold): void {
    const { dice, settings } = this.misbehaviour;
    const { key, act, reference } = accepted;
    this.callbacks.later(dice.span(settings.callbackDelayMs, 'callbackDelayMs', reference), () => {
      const result = decision ?? this.decide(accepted);
      if (this.misbehaviour.happens('callbackLost', key, act)) return;
      const isLate = this.misbehaviour.happens('callbackLate', key, act);
      const lateMs = isLate ? dice.span(this.misbehaviour.settings.callbackLateMs, 'callbackLateMs', reference) : 0;
      this.callbacks.later(lateMs, () => void this.tell(result, key, act));
    });
  }

  private pay(order: PayoutOrder, act: number, attempt: number): Reply | Promise<Reply> {
    const { key, amount, currency, kind, customer, campaign, run, bodySha256 } = order;
    const reference = this.reference('payout', key, act);
    const facts = { ...this.stamp(), key, reference, act, attempt };
    const line = this.payoutLine({ ...facts, amount, currency, kind, customer, campaign, run, bodySha256 });
    this.write(line);
    const result = payoutResult(line);
    if (this.misbehaviour.happens('callbackUnknown', key, act)) this.tellUnknown(line);
    const reply: Reply =
      line.type === 'rejection' && line.via === 'http422' ? refusal(result) : { status: 201, json: result };
    if (this.misbehaviour.happens('callbackEarly', key, act)) {
      const early = line.type === 'accepted' ? this.decide(line) : result;
      return this.tellEarly(early, key, act).then(() => reply);
    }
    if (line.type === 'accepted') this.decideLater({ accepted: line });
    return reply;
  }

  private payoutLine(facts: Facts): PayoutLine {
    const happens = (fault: 'reject422' | 'reject' | 'acceptThenCallback'): boolean =>
      this.misbehaviour.happens(fault, facts.key, facts.act);
    const rejection = { type: 'rejection', ...facts, status: 'rejected' } as const;
    if (happens('reject422')) return { ...rejection, reason: 'account_closed', via: 'http422' };
    if (happens('reject')) return { ...rejection, reason: 'limit_exceeded', via: 'status' };
    if (happens('acceptThenCallback')) return { type: 'accepted', ...facts, status: 'accepted' };
    return payment(facts);
  }

  private decide(accepted: PayoutLine): PayoutResult {
    const { key, reference, act, attempt, amount, currency, kind, customer, campaign, run, bodySha256 } = accepted;
    const order = { key, reference, act, attempt, amount, currency, kind, customer, campaign, run, bodySha256 };
    const facts = { ...this.stamp(), ...order };
    const line: PayoutLine = this.misbehaviour.happens('decideRejected', key, act)
      ? { type: 'rejection', ...facts, status: 'rejected', reason: 'account_closed', via: 'decision' }
      : payment(facts);
    this.write(line);
    return payoutResult(line);
  }

  private reversalLine(order: ReversalOrder, attempt: number): ReversalLine | ReversalRejectionLine {
    const { key, reversalKey, bodySha256 } = order;
    const reference = this.reference('reversal', reversalKey, attempt);
    const facts = { ...this.stamp(), key, reversalKey, reference, attempt, bodySha256 };
    const rejection = { type: 'reversal_rejection', ...facts, status: 'rejected' } as const;
    const payout = this.register.payout(key);
    if (!payout) return { ...rejection, reason: 'unknown_payout', via: 'http422' };
    if (this.misbehaviour.happens('reject422', reversalKey, 1)) {
      return { ...rejection, reason: 'account_closed', via: 'http422' };
    }
    if (this.misbehaviour.happens('reject', reversalKey, 1)) {
      return { ...rejection, reason: 'limit_exceeded', via: 'status' };
    }
    const taken = payout.unreversed[0];
    if (!taken) {
      const reason = payout.current.status === 'reversed' ? 'already_reversed' : 'not_paid';
      return { ...rejection, reason, via: 'status' };
    }
    const { reference: paymentReference, amount, currency } = taken;
    return { type: 'reversal', ...facts, status: 'reversed', paymentReference, amount, currency };
  }

  private write(line: ProviderLine): void {
    this.book.append([line]);
    this.register.remember(line);
    if (line.type === 'payment') this.counts.payments += 1;
    if (line.type === 'rejection') this.counts.rejections += 1;
    if (line.type === 'accepted') this.counts.accepted += 1;
    if (line.type === 'reversal') this.counts.reversals += 1;
  }

  /** The reply still says what it would have said without the callback. */
  private async tellEarly(result: PayoutResult, subject: string, act: number): Promise<void> {
    const enough = new Promise<void>((resolve) => this.callbacks.later(EARLY_CALLBACK_MS_MAX, resolve));
    await Promise.race([this.tell(result, subject, act), enough]);
  }

  private async tell(result: PayoutResult, subject: string, act: number): Promise<void> {
    const { key, reference, status } = result;
    const id = `cb_${this.misbehaviour.dice.digest('callback', reference, status).slice(0, 24)}`;
    const told = await this.callbacks.send(id, result);
    if (told && this.register.untold.has(reference) && (status === 'paid' || status === 'rejected')) {
      this.write({ type: 'callback', ...this.stamp(), key, reference, status });
    }
    if (this.misbehaviour.happens('callbackDuplicate', subject, act)) {
      void this.callbacks.send(id, result);
      void this.callbacks.send(`${id}_again`, result);
    }
    if (this.misbehaviour.happens('callbackContradict', subject, act)) {
      const opposite = status === 'paid' ? { status: 'rejected', reason: 'contradiction' } : { status: 'paid' };
      void this.callbacks.send(`${id}_contradiction`, { key, reference, ...opposite });
    }
  }

  private tellUnknown(line: PayoutLine): void {
    const digest = this.misbehaviour.dice.digest('unknown', line.reference);
    const result = { key: `unknown/${digest.slice(0, 16)}`, reference: `${this.options.name}-${digest.slice(16, 32)}` };
    void this.callbacks.send(`cb_${digest.slice(0, 24)}`, { ...result, status: 'paid', paidAt: line.at });
  }

  private stamp(): { at: string; wall: number } {
    return { at: this.options.clock.nowIso(), wall: Date.now() };
  }

  private reference(what: string, subject: string, nth: number): string {
    return `${this.options.name}-${this.misbehaviour.dice.digest(what, subject, nth).slice(0, 16)}`;
  }
}

function payment(facts: Facts): PaymentLine {
  const paid: PaymentLine = { type: 'payment', ...facts, status: 'paid', paidAt: facts.at };
  if (facts.kind === 'coupon') paid.code = hash('sha256', facts.reference, 'hex').slice(0, 12).toUpperCase();
  return paid;
}

function refusal(result: PayoutResult): Reply {
  return { status: 422, json: { reason: result.reason } };
}
