/**
 * A payout provider as protocols.md has it. A payment exists if and only if its line is in the book; a provider that
 * is not idempotent, or is asked again after its window, truly pays again.
 */
import { BookFile } from './book-file.js';
import type { ProviderLine } from './books.js';
import { CallbackSender, type CallbackStats } from './callbacks.js';
import type { BusinessClock } from './clock.js';
import { controlReply } from './control.js';
import { Edge, type EdgeOptions, type EdgeRequest, type EdgeStats } from './edge.js';
import type { FaultSettings, Span } from './faults.js';
import type { Outcome } from './http.js';
import { Misbehaviour, type MisbehaviourOptions, type MisbehaviourStats } from './misbehaviour.js';
import { parsePayout, parseReversal } from './orders.js';
import { PayoutDesk } from './payout-desk.js';
import { PayoutRegister, type KnownPayout } from './payout-register.js';
import { isSettlementDate, settlementCsv } from './settlement.js';

/** What the provider can do; the same words as in `PADO_PAYOUT_PROVIDERS`. Times are real milliseconds. */
export interface ProviderCapabilities {
  idempotent: boolean;
  /** From the act that repeats are answered by; a later repeat pays again. */
  idempotencyMs: number;
  lookup: boolean;
  /** Look-ups answer 404 for that long after the first act. */
  visibilityMs: number;
  settlement: boolean;
  /** IANA zone of the settlement's day. */
  zone: string;
  maxTps?: number;
}

export interface ProviderOptions extends EdgeOptions, MisbehaviourOptions, ProviderCapabilities {
  maxTps?: number;
  bookFile: string;
  clock: BusinessClock;
  /** Base of the API that gets `/v1/provider-callbacks/{name}`. */
  callbackUrl?: string;
}

export interface ProviderStats extends EdgeStats, MisbehaviourStats {
  payments: number;
  rejections: number;
  accepted: number;
  reversals: number;
  /** Answered from memory: the same key again. */
  repeats: number;
  callbacks: CallbackStats;
}

export class PayoutProvider {
  readonly name: string;
  private readonly edge: Edge;

  private refused: ReadonlySet<string> = new Set();

  private constructor(
    private readonly options: ProviderOptions,
    private readonly book: BookFile<ProviderLine>,
    private readonly register: PayoutRegister,
    private readonly misbehaviour: Misbehaviour,
    private readonly callbacks: CallbackSender,
    private readonly desk: PayoutDesk,
  ) {
    this.name = options.name;
    const hangMs = (): number => misbehaviour.settings.hangMs;
    this.edge = new Edge(options, book, hangMs, (request) => this.route(request));
  }

  /** Reads the book and goes on from it. Errors: as `BookFile.open` and `Edge.open`, and a secret that is not base64. */
  static async start(options: ProviderOptions): Promise<PayoutProvider> {
    const register = new PayoutRegister();
    const misbehaviour = new Misbehaviour(options);
    const path = `/v1/provider-callbacks/${encodeURIComponent(options.name)}`;
    const callbacks = new CallbackSender(path, options.secret, options.callbackUrl);
    const book = await BookFile.open<ProviderLine>(options.bookFile, (line) => {
      register.remember(line);
      if ('reversalKey' in line) misbehaviour.restoreAttempt(line.reversalKey, line.attempt);
      else if ('attempt' in line) misbehaviour.restoreAttempt(line.key, line.attempt);
    });
    const desk = new PayoutDesk(options, book, register, misbehaviour, callbacks);
    const provider = new PayoutProvider(options, book, register, misbehaviour, callbacks, desk);
    try {
      await provider.edge.open();
    } catch (error) {
      book.close();
      throw error;
    }
    // What was accepted before a restart is decided, and told, after it: late rather than never.
    for (const untold of register.untold.values()) desk.decideLater(untold);
    return provider;
  }

  get url(): string {
    return this.edge.url;
  }

  get secret(): string {
    return this.options.secret;
  }

  get bookFile(): string {
    return this.book.path;
  }

  /** The provider's entry of `PADO_PAYOUT_PROVIDERS`. `visibilityMs` leaves a second for what is on its way. */
  config(): Record<string, unknown> {
    const { name, secret, idempotent, idempotencyMs, lookup, visibilityMs, settlement, zone, maxTps } = this.options;
    const capabilities = { idempotent, idempotencyMs, lookup, visibilityMs: visibilityMs + 1_000, settlement, zone };
    return { name, url: this.url, secret, ...capabilities, ...(maxTps ? { maxTps } : {}), simulated: true };
  }

  /** Throws RangeError on an unknown name, a rate outside 0..1 or a negative time. */
  setFaults(faults: Partial<FaultSettings>): void {
    this.misbehaviour.change(faults);
  }

  setLatency(latencyMs: Span): void {
    this.misbehaviour.change({ latencyMs });
  }

  /** From now on a payout to one of these customers, and to nobody else, is answered 400. */
  refuse(customers: readonly string[]): void {
    this.refused = new Set(customers);
  }

  /** All rates to 0 and no latency; holding is apart. */
  heal(): void {
    this.misbehaviour.heal();
  }

  /** Requests hang unanswered and are not acted on. */
  hold(): void {
    this.misbehaviour.hold();
  }

  /** Those whose callers still wait are acted on now. */
  release(): void {
    this.misbehaviour.release();
  }

  setCallbackUrl(baseUrl: string): void {
    this.callbacks.setBaseUrl(baseUrl);
  }

  /** Counts since the start, not since the book began. */
  stats(): ProviderStats {
    const callbacks = this.callbacks.stats();
    return { ...this.edge.stats(), ...this.misbehaviour.stats(), ...this.desk.counts, callbacks };
  }

  /** Every line in the book now. */
  readBook(): Promise<ProviderLine[]> {
    return this.book.all();
  }

  async close(): Promise<void> {
    this.callbacks.close();
    this.misbehaviour.close();
    await this.edge.close();
    this.book.close();
  }

  private async route(request: EdgeRequest): Promise<Outcome> {
    const { method, path } = request;
    const [resource, id, sub] = path;
    const shape = `${method} ${resource} ${path.length}`;
    if (shape === 'POST payouts 1') return this.postPayout(request);
    if (shape === 'GET payouts 2' && id) return this.getPayout(request, id);
    if (shape === 'POST payouts 3' && id && sub === 'reversals') return this.postReversal(request, id);
    if (shape === 'GET settlements 2' && id) return this.getSettlement(request, id);
    if (shape === 'POST faults 1') return controlReply(request.body, this.misbehaviour);
    return { status: 404, json: { reason: 'no_such_resource' } };
  }

  private async postPayout(request: EdgeRequest): Promise<Outcome> {
    const order = parsePayout(request.body, request.headers);
    if (typeof order === 'string') return { status: 400, json: { reason: order } };
    if (this.refused.has(order.customer)) return { status: 400, json: { reason: 'customer' } };
    const attempt = this.misbehaviour.nextAttempt(order.key);
    return this.misbehaviour.perform(request, order.key, attempt, () => this.desk.payOrRepeat(order, attempt));
  }

  private async postReversal(request: EdgeRequest, key: string): Promise<Outcome> {
    const order = parseReversal(request.body, request.headers, key);
    if (typeof order === 'string') return { status: 400, json: { reason: order } };
    const attempt = this.misbehaviour.nextAttempt(order.reversalKey);
    return this.misbehaviour.perform(request, order.reversalKey, attempt, () => this.desk.reverse(order, attempt));
  }

  private async getPayout(request: EdgeRequest, key: string): Promise<Outcome> {
    if (!this.options.lookup) return { status: 405, json: { reason: 'no_lookup' } };
    return this.misbehaviour.look(request, `lookup ${key}`, () => {
      const known = this.register.payout(key);
      const isVisible = (payout: KnownPayout): boolean => Date.now() - payout.firstWallMs >= this.options.visibilityMs;
      if (!known || !isVisible(known)) return { status: 404, json: { reason: 'unknown' } };
      return { status: 200, json: known.current };
    });
  }

  private async getSettlement(request: EdgeRequest, day: string): Promise<Outcome> {
    if (!this.options.settlement) return { status: 405, json: { reason: 'no_settlement' } };
    if (!isSettlementDate(day)) return { status: 400, json: { reason: 'date' } };
    return this.misbehaviour.look(request, `settlement ${day}`, async () => ({
      status: 200,
      headers: { 'content-type': 'text/csv; charset=utf-8' },
      text: await settlementCsv(this.book.lines(), day, this.options.zone),
    }));
  }
}
