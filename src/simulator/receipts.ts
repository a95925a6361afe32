/**
 * Receipts for messages that went out: which events a message has is drawn from the seed, each is sent some time after
 * acceptance and carries its own `at`. They are not kept over a restart.
 */
import type { MessageLine } from './books.js';
import type { CallbackSender } from './callbacks.js';
import type { BusinessClock } from './clock.js';
import type { Misbehaviour } from './misbehaviour.js';

/** Rates from 0 to 1: `delivered` of the accepted, else bounced at `bounced`; the others of the delivered. */
export interface ReceiptRates {
  delivered: number;
  opened: number;
  /** Of the opened. */
  clicked: number;
  /** Of those not delivered. */
  bounced: number;
  opted_out: number;
}

export type ReceiptEvent = keyof ReceiptRates;

export interface Receipt {
  id: string;
  event: ReceiptEvent;
  /** Business time, RFC 3339. */
  at: string;
}

/** Receipts in one request. */
const RECEIPTS_MAX = 500;
/** Receipts due within this time of each other share a request. */
const GRAIN_MS = 100;

interface Due {
  id: string;
  event: ReceiptEvent;
}

export class Receipts {
  constructor(
    private readonly rates: ReceiptRates,
    private readonly clock: BusinessClock,
    private readonly misbehaviour: Misbehaviour,
    private readonly callbacks: CallbackSender,
  ) {}

  /** Schedule what these messages lead to. Resolves when those drawn to come early have been told. */
  async expect(lines: readonly MessageLine[]): Promise<void> {
    const early: Due[] = [];
    const byDelay = new Map<number, Due[]>();
    for (const line of lines) {
      const { id, act } = line;
      if (this.misbehaviour.happens('callbackLost', id, act)) continue;
      const delays = this.delays(line);
      const isEarly = this.misbehaviour.happens('callbackEarly', id, act);
      this.events(line).forEach((event, index) => {
        const delayMs = Math.ceil(((index + 1) * delays.stepMs + delays.lateMs) / GRAIN_MS) * GRAIN_MS;
        if (isEarly) early.push({ id, event });
        else byDelay.set(delayMs, [...(byDelay.get(delayMs) ?? []), { id, event }]);
      });
    }
    for (const [delayMs, due] of byDelay) this.callbacks.later(delayMs, () => void this.tell(due));
    if (early.length > 0) await this.tell(early);
  }

  private delays({ id, act }: MessageLine): { stepMs: number; lateMs: number } {
    const { dice, settings } = this.misbehaviour;
    const isLate = this.misbehaviour.happens('callbackLate', id, act);
    return {
      stepMs: dice.span(settings.callbackDelayMs, 'receiptDelayMs', id, act),
      lateMs: isLate ? dice.span(settings.callbackLateMs, 'callbackLateMs', id, act) : 0,
    };
  }

  private events({ id, act }: MessageLine): ReceiptEvent[] {
    const drawn = (event: ReceiptEvent): boolean =>
      this.misbehaviour.dice.hits(this.rates[event], 'receipt', event, id, act);
    if (!drawn('delivered')) return drawn('bounced') ? ['bounced'] : [];
    const events: ReceiptEvent[] = ['delivered'];
    if (drawn('opened')) events.push('opened');
    if (events.includes('opened') && drawn('clicked')) events.push('clicked');
    if (drawn('opted_out')) events.push('opted_out');
    return events;
  }

  private async tell(due: readonly Due[]): Promise<void> {
    const at = this.clock.nowIso();
    for (let from = 0; from < due.length; from += RECEIPTS_MAX) {
      const receipts: Receipt[] = due.slice(from, from + RECEIPTS_MAX).map(({ id, event }) => ({ id, event, at }));
      const webhookId = this.webhookId(receipts);
      await this.callbacks.send(webhookId, { receipts });
      const again = receipts.filter(({ id, event }) =>
        this.misbehaviour.happens('callbackDuplicate', `${id} ${event}`, 1),
      );
      if (again.length === 0) continue;
      void this.callbacks.send(webhookId, { receipts });
      void this.callbacks.send(`${webhookId}_again`, { receipts: again });
    }
  }

  private webhookId(receipts: readonly Receipt[]): string {
    const ids = receipts.flatMap(({ id, event }) => [id, event]);
    return `rc_${this.misbehaviour.dice.digest('receipts', receipts[0]?.at ?? '', ...ids).slice(0, 24)}`;
  }
}
