/**
 * What each call of the Segment spec means here. Calls other than `track` are events named by their type; an `identify` and an `alias` say whose an
 * anonymous id is; of traits nothing is kept but what the installation takes as attributes.
 */
import { takenTraits } from '../../domain/response/identity.js';
import { occurredAt } from '../../domain/response/skew.js';
import type { ToldEvent } from '../../storage/ingestion.store.js';
import type { Item } from './segment-calls.dto.js';

export interface Arrival {
  /** Business now at the edge, epoch ms. */
  received: number;
  /** Of the batch: counts where the event has none. */
  sentAt?: string | null | undefined;
  /** Names of traits that become attributes. */
  traits: ReadonlySet<string>;
}

const epochMs = (text: string | null | undefined) => (typeof text === 'string' ? Date.parse(text) : null);

export function toldEvent(call: Item, { received, sentAt, traits }: Arrival): ToldEvent {
  const times = {
    timestamp: epochMs(call.timestamp ?? call.originalTimestamp),
    sentAt: epochMs(call.sentAt ?? sentAt),
  };
  return {
    messageId: call.messageId,
    customerId: call.userId ?? null,
    anonymousId: call.anonymousId ?? null,
    occurredAt: occurredAt(times, received),
    receivedAt: received,
    identifies: null,
    traits: null,
    ...contentOf(call, traits),
  };
}

type Content = Pick<ToldEvent, 'name' | 'properties'> & Partial<Pick<ToldEvent, 'identifies' | 'traits'>>;

function contentOf(call: Item, allowed: ReadonlySet<string>): Content {
  switch (call.type) {
    case 'identify': {
      const taken = takenTraits(call.traits ?? call.context?.traits ?? {}, allowed);
      return { name: 'identify', properties: taken, traits: taken, identifies: call.anonymousId ?? null };
    }
    case 'track':
      return { name: call.event, properties: call.properties ?? {} };
    case 'page':
    case 'screen':
      return { name: call.type, properties: { ...call.properties, ...labels(call) } };
    case 'group':
      return { name: 'group', properties: { ...call.traits, groupId: call.groupId } };
    case 'alias':
      return { name: 'alias', properties: {}, identifies: call.previousId === call.userId ? null : call.previousId };
    default:
      return call satisfies never;
  }
}

/** The spec has the name of a page or screen beside its properties; rules see properties. */
function labels({ name, category }: { name?: string | null | undefined; category?: string | null | undefined }) {
  return { ...(name ? { name } : {}), ...(category ? { category } : {}) };
}
