/**
 * Customers who open the bank's app one after another, for hours: many at first, so that there is something to see, then fewer. They rest while the
 * provider is broken and until its day is matched, so that a match finds everything at rest.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { customerIdOf } from '../generator/customers.js';
import type { PadoClient } from './client.js';

/** What lets them into the campaign. */
export const COMES = 'app_open';
const TICK_MS = 1_000;
/** For so many ticks `MANY` come with each, then `FEW`. */
const LIVELY_TICKS = 300;
const MANY = 4;
const FEW = 1;
/** After a fault is over nobody waits longer than this for somebody to match the day. */
const REST_MS = 120_000;

export interface Demonstration {
  now: string;
  demonstration: { fault: { at: string; until: string; matched: { differences: number } | null } | null } | null;
}

export interface CrowdOptions {
  seed: string;
  client: PadoClient;
  customers: number;
}

/** Whether nobody comes now. Pure. */
export function rests({ now, demonstration }: Demonstration): boolean {
  const fault = demonstration?.fault;
  if (!fault || fault.matched?.differences === 0) return false;
  return Date.parse(now) < Date.parse(fault.until) + REST_MS;
}

export class Crowd {
  private readonly closing = new AbortController();
  private next = 0;
  private readonly coming: Promise<void>;

  /** They begin to come at once. `failed`: the API took an event no more. */
  constructor(
    private readonly options: CrowdOptions,
    failed: (error: Error) => void,
  ) {
    this.coming = this.come().catch((error: unknown) => {
      if (!this.closing.signal.aborted) failed(error instanceof Error ? error : new Error('The customers stay away.'));
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.coming;
  }

  private async come(): Promise<void> {
    const { client, customers } = this.options;
    for (let tick = 0; this.next < customers;) {
      const seen = await client.call<Demonstration>('admin', 'GET', '/v1/demonstration');
      if (!rests(seen)) {
        const some = Math.min(tick < LIVELY_TICKS ? MANY : FEW, customers - this.next);
        const batch = Array.from({ length: some }, (_, k) => this.opens(this.next + k));
        await client.call('source', 'POST', '/v1/batch', { body: { batch } });
        this.next += some;
        tick += 1;
      }
      await sleep(TICK_MS, undefined, { signal: this.closing.signal });
    }
  }

  private opens(n: number) {
    const userId = customerIdOf(n);
    const messageId = `${this.options.seed}/${COMES}/${userId}`;
    return { type: 'track', messageId, userId, event: COMES, properties: { platform: n % 3 ? 'android' : 'ios' } };
  }
}
