/**
 * Who is behind an anonymous id, and what a source may say about a customer. An id that two customers were identified with is nobody's: no event
 * is attributed by a guess. Traits become attributes by name, never facts of the gate.
 */

export interface AnonymousId {
  /** Who was identified with it. */
  customerId: string | null;
  /** More than one was, and so it is nobody's, for good. */
  shared: boolean;
}

/** After these customers were identified with it as well. */
export function claimed(before: AnonymousId, customers: readonly string[]): AnonymousId {
  if (before.shared) return before;
  const all = new Set([...(before.customerId === null ? [] : [before.customerId]), ...customers]);
  const [only = null] = all;
  return all.size > 1 ? { customerId: null, shared: true } : { customerId: only, shared: false };
}

/** Null removes the attribute. */
export type Traits = Record<string, string | number | boolean | null>;

/** What the gate decides by, or where messages go: no source tells it, under whatever permission. */
export const GATE_FACTS = ['status', 'zone', 'consents', 'consent', 'addresses', 'address', 'push', 'phone', 'email'];

const TEXT_MAX = 2_000;

/** Of a call's traits those that the installation takes, as far as an attribute can hold them. */
export function takenTraits(traits: Readonly<Record<string, unknown>>, allowed: ReadonlySet<string>): Traits {
  const taken = Object.entries(traits).filter((entry): entry is [string, Traits[string]] => {
    const [name, value] = entry;
    if (!allowed.has(name)) return false;
    if (typeof value === 'string') return value.length <= TEXT_MAX;
    return value === null || typeof value === 'boolean' || typeof value === 'number';
  });
  return Object.fromEntries(taken);
}
