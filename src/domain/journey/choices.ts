/**
 * The channels of one send, in the order in which they are tried: at most one of them carries its message, for there is one slot.
 */
import type { Channel } from '../base/channels.js';
import type { PreparedJourney } from './prepared.js';

export interface Choice {
  channel: Channel;
  gateway: string;
  /** Key where a marketer writes it, key@version once launched. */
  template: string;
}

interface Send extends Choice {
  fallback?: readonly Choice[] | undefined;
  /** An attribute of the customer that names the channel to try first. */
  preferred?: string | undefined;
}

/** As they are listed. */
export function choicesOf(send: Send): Choice[] {
  const { channel, gateway, template, fallback = [] } = send;
  return [{ channel, gateway, template }, ...fallback];
}

/** The customer's preferred channel, where the send follows it and has it; null: as they are listed. */
export function preferredOf(send: Send, attributes: Readonly<Record<string, unknown>>): Channel | null {
  const { preferred } = send;
  if (preferred === undefined || !Object.hasOwn(attributes, preferred)) return null;
  return choicesOf(send).find(({ channel }) => channel === attributes[preferred])?.channel ?? null;
}

/** With the preferred one first. */
export function choicesInOrder(send: Send, preferred: Channel | null): Choice[] {
  const choices = choicesOf(send);
  return [
    ...choices.filter(({ channel }) => channel === preferred),
    ...choices.filter(({ channel }) => channel !== preferred),
  ];
}

/** The switches that sends with a choice look at, as control scopes. */
export function scopesOfChoices({ nodes }: PreparedJourney): string[] {
  const sends = Object.values(nodes).flatMap((node) => (node?.type === 'send' && node.fallback ? [node] : []));
  const scopes = sends
    .flatMap(choicesOf)
    .flatMap(({ channel, gateway }) => [`channel/${channel}`, `gateway/${gateway}`]);
  return [...new Set(scopes)].sort();
}
