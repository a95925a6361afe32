/**
 * What a retry is about and what it would do, found by index and judged by the engine's own rules; nothing is changed by that.
 */
import { totalsOf, type EffectTotals, type PlannedItem } from '../domain/retry/effect.js';
import type { PlainSelector } from '../domain/retry/selector.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { payoutsOf } from './retry-payouts.js';
import { peopleOf } from './retry-people.js';
import { previewed, type Launched } from './retry-preview.js';
import { lanesOf, linksOf, messagesOf, queuesOf } from './retry-queues.js';
import type { Askable } from './retry-terms.js';

/** Of one retry; what is more is told, and is another's. */
export const RETRY_ITEMS_MAX = 10_000;

export class RetryPlanner {
  constructor(
    private readonly pool: Pool,
    private readonly launched: Launched,
    private readonly askable: Askable,
  ) {}

  async find(
    selector: PlainSelector,
    { by, now }: { by: string; now: number },
  ): Promise<{ items: PlannedItem[]; left: number }> {
    const { items, left } = await inTransaction(this.pool, async (client) => {
      await client.query('set transaction isolation level repeatable read, read only');
      return await this.select(client, selector, by);
    });
    return { items: await previewed(this.pool, this.launched, items, now), left };
  }

  /** What these would do by now, of those that still may. */
  async current(shown: EffectTotals, items: readonly PlannedItem[], now: number): Promise<EffectTotals> {
    const before = totalsOf(items);
    const { sends, pays } = totalsOf(await previewed(this.pool, this.launched, items, now));
    const others = shown.pays.map(({ currency, count, minor }) => {
      const own = before.pays.find((pay) => pay.currency === currency);
      return { currency, count: count - (own?.count ?? 0), minor: minor - (own?.minor ?? 0) };
    });
    const currencies = new Set([...pays, ...others].map(({ currency }) => currency));
    const sum = (currency: string, key: 'count' | 'minor') =>
      [...pays, ...others].reduce((all, pay) => all + (pay.currency === currency ? pay[key] : 0), 0);
    return {
      acts: shown.acts,
      sends: shown.sends - before.sends + sends,
      pays: [...currencies].sort().map((currency) => {
        return { currency, count: sum(currency, 'count'), minor: sum(currency, 'minor') };
      }),
    };
  }

  private async select(client: Client, selector: PlainSelector, by: string) {
    const limit = RETRY_ITEMS_MAX;
    const { askable } = this;
    switch (selector.what) {
      case 'participants':
        return await peopleOf(client, selector, limit);
      case 'payouts':
        return await payoutsOf(client, selector, { by, askable, limit });
      case 'messages':
        return await messagesOf(client, selector, { askable, limit });
      case 'links':
        return await linksOf(client, selector, limit);
      case 'lanes':
        return await lanesOf(client, selector, limit);
      case 'queues':
        return await queuesOf(client, selector, limit);
      case 'run':
        return await this.ofRun(client, selector.run, limit);
      default:
        return selector satisfies never;
    }
  }

  private async ofRun(client: Client, run: string, limit: number) {
    const people = await peopleOf(client, { what: 'participants', run }, limit);
    const links = await linksOf(client, { what: 'links', run }, Math.max(1, limit - people.items.length));
    const lanes = await lanesOf(client, { what: 'lanes', run }, limit);
    return {
      items: [...people.items, ...links.items, ...lanes.items],
      left: people.left + links.left,
    };
  }
}
