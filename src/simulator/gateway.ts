/**
 * A message gateway as protocols.md has it. A message went out if and only if its line is in the book; after its
 * `notAfter`, by the business clock, it is never sent; a gateway that is not idempotent truly sends a repeat again.
 */
import { hash } from 'node:crypto';
import { BookFile } from './book-file.js';
import type { Channel, GatewayLine, MessageLine } from './books.js';
import { CallbackSender, type CallbackStats } from './callbacks.js';
import type { BusinessClock } from './clock.js';
import { Edge, type EdgeOptions, type EdgeRequest, type EdgeStats } from './edge.js';
import type { FaultSettings, Span } from './faults.js';
import type { Outcome, Reply } from './http.js';
import { Misbehaviour, type MisbehaviourOptions, type MisbehaviourStats } from './misbehaviour.js';
import { parseBatch, type MessageOrder } from './orders.js';
import { Receipts, type ReceiptRates } from './receipts.js';

/** What the gateway can do; the same words as in `PADO_GATEWAYS`. Times are real milliseconds. */
export interface GatewayCapabilities {
  channels: readonly Channel[];
  batchSize: number;
  idempotent: boolean;
  /** From the act that repeats are answered by; a later repeat sends again. */
  idempotencyMs: number;
  lookup: boolean;
  /** Look-ups answer 404 for that long after the first act. */
  visibilityMs: number;
  zone: string;
  /** Counted in requests, not in messages. */
  maxTps?: number;
}

export interface GatewayOptions extends EdgeOptions, MisbehaviourOptions, GatewayCapabilities {
  maxTps?: number;
  bookFile: string;
  clock: BusinessClock;
  /** Base of the API that gets `/v1/receipts/{name}`. */
  callbackUrl?: string;
  /** No receipts when left out. */
  receipts?: ReceiptRates;
}

export interface GatewayStats extends EdgeStats, MisbehaviourStats {
  batches: number;
  messages: number;
  rejections: number;
  /** Answered from memory: the same id again. */
  repeats: number;
  callbacks: CallbackStats;
}

interface MessageResult {
  id: string;
  status: 'accepted' | 'rejected';
  reason?: string;
  reference: string;
}

interface KnownMessage {
  acts: number;
  firstWallMs: number;
  actedWallMs: number;
  result: MessageResult;
}

export class MessageGateway {
  readonly name: string;
  private readonly edge: Edge;
  private readonly receipts: Receipts | undefined;
  private readonly listeners = new Set<(line: MessageLine) => void>();
  private refused: ReadonlySet<unknown> = new Set();
  private readonly counts = { batches: 0, messages: 0, rejections: 0, repeats: 0 };

  private constructor(
    private readonly options: GatewayOptions,
    private readonly book: BookFile<GatewayLine>,
    private readonly known: Map<string, KnownMessage>,
    private readonly misbehaviour: Misbehaviour,
    private readonly callbacks: CallbackSender,
  ) {
    this.name = options.name;
    const hangMs = (): number => misbehaviour.settings.hangMs;
    this.edge = new Edge(options, book, hangMs, (request) => this.route(request));
    this.receipts = options.receipts && new Receipts(options.receipts, options.clock, misbehaviour, callbacks);
  }

  /** Reads the book and goes on from it. Errors: as `BookFile.open` and `Edge.open`, and a secret that is not base64. */
  static async start(options: GatewayOptions): Promise<MessageGateway> {
    const known = new Map<string, KnownMessage>();
    const misbehaviour = new Misbehaviour(options);
    const path = `/v1/receipts/${encodeURIComponent(options.name)}`;
    const callbacks = new CallbackSender(path, options.secret, options.callbackUrl);
    const book = await BookFile.open<GatewayLine>(options.bookFile, (line) => {
      known.set(line.id, knownFrom(line, known.get(line.id)));
      misbehaviour.restoreAttempt(line.id, line.attempt);
    });
    const gateway = new MessageGateway(options, book, known, misbehaviour, callbacks);
    try {
      await gateway.edge.open();
    } catch (error) {
      book.close();
      throw error;
    }
    return gateway;
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

  /** The gateway's entry of `PADO_GATEWAYS`. `visibilityMs` leaves a second for what is on its way. */
  config(): Record<string, unknown> {
    const { name, secret, channels, batchSize, idempotent, idempotencyMs, lookup, visibilityMs, zone } = this.options;
    const { maxTps } = this.options;
    const capabilities = { batchSize, idempotent, idempotencyMs, lookup, visibilityMs: visibilityMs + 1_000, zone };
    return { name, channels, url: this.url, secret, ...capabilities, ...(maxTps ? { maxTps } : {}), simulated: true };
  }

  /** Throws RangeError on an unknown name, a rate outside 0..1 or a negative time. */
  setFaults(faults: Partial<FaultSettings>): void {
    this.misbehaviour.change(faults);
  }

  setLatency(latencyMs: Span): void {
    this.misbehaviour.change({ latencyMs });
  }

  /** From now on a call with a message of one of these customers, and of nobody else, is answered 400 as a whole. */
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

  /** Call `listener` for each message that goes out, once its line is in the book. Returns how to stop. */
  onAccepted(listener: (line: MessageLine) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Counts since the start, not since the book began. */
  stats(): GatewayStats {
    const callbacks = this.callbacks.stats();
    return { ...this.edge.stats(), ...this.misbehaviour.stats(), ...this.counts, callbacks };
  }

  /** Every line in the book now. */
  readBook(): Promise<GatewayLine[]> {
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
    const [resource, id] = path;
    const shape = `${method} ${resource} ${path.length}`;
    if (shape === 'POST messages 1') return this.postMessages(request);
    if (shape === 'GET messages 2' && id) return this.getMessage(request, id);
    return { status: 404, json: { reason: 'no_such_resource' } };
  }

  private async postMessages(request: EdgeRequest): Promise<Outcome> {
    const orders = parseBatch(request.body, this.options.batchSize);
    if (orders === 'batch_size') return { status: 413, json: { reason: orders } };
    if (typeof orders === 'string') return { status: 400, json: { reason: orders } };
    if (orders.some(({ meta }) => this.refused.has(meta['customer'])))
      return { status: 400, json: { reason: 'message' } };
    // A batch is known by its messages, in any order, so that its faults do not depend on how it was sent.
    const ids = orders.map((order) => order.id).sort();
    const subject = `batch ${hash('sha256', ids.join('\n'), 'hex')}`;
    const attempt = this.misbehaviour.nextAttempt(subject);
    return this.misbehaviour.perform(request, subject, attempt, () => this.sendAll(orders));
  }

  /** All lines of the batch in one write, then the results. */
  private async sendAll(orders: readonly MessageOrder[]): Promise<Reply> {
    const stamp = { at: this.options.clock.nowIso(), wall: Date.now() };
    const lines: GatewayLine[] = [];
    const results: MessageResult[] = [];
    const acted = new Map<string, KnownMessage>();
    for (const order of orders) {
      const attempt = this.misbehaviour.nextAttempt(order.id);
      const isMissing = this.misbehaviour.happens('partialBatch', order.id, attempt);
      if (isMissing && this.misbehaviour.dice.unit('undone', order.id, attempt) < 0.5) continue;
      let message = acted.get(order.id) ?? this.known.get(order.id);
      if (message && this.options.idempotent && stamp.wall - message.actedWallMs <= this.options.idempotencyMs) {
        this.counts.repeats += 1;
      } else {
        const line = this.line(order, (message?.acts ?? 0) + 1, attempt, stamp);
        lines.push(line);
        message = knownFrom(line, message);
        acted.set(order.id, message);
      }
      if (!isMissing) results.push(message.result);
    }
    this.book.append(lines);
    for (const [id, message] of acted) this.known.set(id, message);
    this.counts.batches += 1;
    await this.announce(lines);
    return { status: 200, json: { results } };
  }

  private line(order: MessageOrder, act: number, attempt: number, stamp: { at: string; wall: number }): GatewayLine {
    const { id, channel, to, body, template, advertising, notAfter, meta } = order;
    const facts = {
      ...stamp,
      id,
      reference: `${this.name}-${this.misbehaviour.dice.digest('message', id, act).slice(0, 16)}`,
      act,
      attempt,
      channel,
      to: hash('sha256', to, 'hex'),
      advertising,
      bodySha256: hash('sha256', body, 'hex'),
      template,
      notAfter,
      meta,
    };
    const reason = this.refusal(order, act, stamp.at);
    return reason === undefined
      ? { type: 'message', ...facts, status: 'accepted' }
      : { type: 'rejection', ...facts, status: 'rejected', reason };
  }

  private refusal(order: MessageOrder, act: number, at: string): string | undefined {
    if (order.notAfter !== null && Date.parse(at) > Date.parse(order.notAfter)) return 'expired';
    if (!this.options.channels.includes(order.channel)) return 'unsupported_channel';
    if (order.to.trim() === '') return 'invalid_address';
    return this.misbehaviour.happens('reject', order.id, act) ? 'unreachable' : undefined;
  }

  private async announce(lines: readonly GatewayLine[]): Promise<void> {
    const sent = lines.filter((line) => line.type === 'message');
    this.counts.messages += sent.length;
    this.counts.rejections += lines.length - sent.length;
    // Apart from this request: a listener that throws must not look like a fault of the gateway.
    for (const listener of this.listeners) for (const line of sent) queueMicrotask(() => listener(line));
    await this.receipts?.expect(sent);
  }

  private async getMessage(request: EdgeRequest, id: string): Promise<Outcome> {
    if (!this.options.lookup) return { status: 405, json: { reason: 'no_lookup' } };
    return this.misbehaviour.look(request, `lookup ${id}`, () => {
      const message = this.known.get(id);
      if (!message || Date.now() - message.firstWallMs < this.options.visibilityMs) {
        return { status: 404, json: { reason: 'unknown' } };
      }
      return { status: 200, json: message.result };
    });
  }
}

/** What the gateway knows of a message: from its line just made or read at start, and what it knew before. */
function knownFrom(line: GatewayLine, before: KnownMessage | undefined): KnownMessage {
  const { id, status, reference } = line;
  return {
    acts: line.act,
    firstWallMs: before?.firstWallMs ?? line.wall,
    actedWallMs: line.wall,
    result: line.type === 'rejection' ? { id, status, reason: line.reason, reference } : { id, status, reference },
  };
}
