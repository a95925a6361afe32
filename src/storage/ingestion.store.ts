/**
 * What sources tell, in one transaction: whose each event is, the events themselves, and the traits that become attributes. What is answered 200
 * has committed here.
 */
import type { Traits } from '../domain/response/identity.js';
import { keepAnonymous, resolveAnonymous, type AnonymousEvent } from './anonymous.js';
import { mergeAttributes } from './customers.store.js';
import type { Appended, EventsStore, NewEvent } from './events.store.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** One event as a source tells it: of a customer, or of an anonymous id alone. */
export interface ToldEvent extends Omit<NewEvent, 'customerId'> {
  customerId: string | null;
  /** Whose it is where there is no customer. */
  anonymousId: string | null;
  /** The anonymous id that is now said to be the customer's. */
  identifies: string | null;
  /** To become attributes of the customer. */
  traits: Traits | null;
}

/** What is told of a customer who is known, and nothing besides. */
export const ofCustomer = (event: NewEvent): ToldEvent => ({
  ...event,
  anonymousId: null,
  identifies: null,
  traits: null,
});

export interface Ingested extends Appended {
  /** Whether events that were kept under anonymous ids have to join their customers. */
  pending: boolean;
}

export class IngestionStore {
  constructor(
    private readonly pool: Pool,
    private readonly events: Pick<EventsStore, 'appendIn'>,
  ) {}

  /** Deduplicated by message id. Locks: anonymous ids, then those of the ingestion of events. */
  async append(told: readonly ToldEvent[]): Promise<Ingested> {
    return await inTransaction(this.pool, async (client): Promise<Ingested> => {
      const anonymous = told.filter(isAnonymous);
      const claims = told.flatMap(({ customerId, identifies, receivedAt: at }) =>
        customerId !== null && identifies !== null ? [{ anonymousId: identifies, customerId, at }] : [],
      );
      const { known, unknown, pending } = await resolveAnonymous(client, anonymous, claims);
      const kept = await keepAnonymous(client, unknown);
      const all = [...told.filter(isKnown), ...known];
      const appended = await this.events.appendIn(client, all, {
        stored: async (ids) => await takeTraits(client, told, ids),
      });
      return { ...appended, stored: appended.stored + kept, pending };
    });
  }
}

const isKnown = (event: ToldEvent): event is ToldEvent & NewEvent => event.customerId !== null;
const isAnonymous = (event: ToldEvent): event is ToldEvent & AnonymousEvent =>
  event.customerId === null && event.anonymousId !== null;

/** Of events that are new, in the order in which they occurred; of several with one id the first was stored. */
async function takeTraits(client: Client, told: readonly ToldEvent[], ids: ReadonlySet<string>): Promise<void> {
  const byCustomer = new Map<string, Traits>();
  const seen = new Set<string>();
  const news = told.filter(({ messageId, traits }) => {
    if (traits === null || !ids.has(messageId) || seen.has(messageId)) return false;
    seen.add(messageId);
    return true;
  });
  for (const { customerId, traits } of news.sort((a, b) => a.occurredAt - b.occurredAt)) {
    if (customerId !== null) byCustomer.set(customerId, { ...byCustomer.get(customerId), ...traits });
  }
  await mergeAttributes(client, byCustomer);
}
