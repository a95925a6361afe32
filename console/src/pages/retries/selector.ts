/**
 * What is to be tried again, as the fields of a form and as they stand in an address. Pure.
 */
import type { RetrySelector } from '../../client/types.gen.js';

export interface Field {
  name:
    | 'run'
    | 'customers'
    | 'payouts'
    | 'state'
    | 'cause'
    | 'node'
    | 'lane'
    | 'campaign'
    | 'provider'
    | 'gateway'
    | 'kind'
    | 'name';
  required?: boolean;
  /** One of these; any text where there are none. */
  of?: readonly string[];
}

const run: Field = { name: 'run', required: true };
const cause: Field = { name: 'cause' };
const lane: Field = { name: 'lane' };

/** By what is retried. An item of the attention list comes from there, and has no fields. */
export const FIELDS = {
  participants: [run, { name: 'customers' }, cause, { name: 'node' }, lane],
  payouts: [
    { name: 'state', required: true, of: ['owed', 'held', 'unapproved', 'ambiguous'] },
    { name: 'payouts' },
    { name: 'run' },
    { name: 'campaign' },
    { name: 'provider' },
    cause,
  ],
  messages: [{ name: 'state', required: true, of: ['ambiguous', 'rejected'] }, { name: 'run' }, { name: 'gateway' }],
  links: [run, cause],
  lanes: [run, lane],
  run: [run],
  queues: [
    { name: 'kind', required: true, of: ['gateway', 'provider'] },
    { name: 'name', required: true },
  ],
} as const satisfies Record<string, readonly Field[]>;

export type What = keyof typeof FIELDS;
export const WHATS = Object.keys(FIELDS) as What[];

/** Those that are lists: ids with blanks or commas between them. */
const LISTS: readonly string[] = ['customers', 'payouts'];

/** Of what a form or an address says; whether that is enough, the API judges. */
export function selectorOf(what: string, values: Readonly<Record<string, string>>): RetrySelector {
  const said = (name: string) => (values[name] ?? '').trim();
  const names: readonly string[] =
    what === 'attention' ? ['code', 'subject', 'cause'] : (FIELDS[what as What] ?? []).map(({ name }) => name);
  const valueOf = (name: string): unknown => {
    if (LISTS.includes(name)) return said(name).split(/[\s,]+/);
    return name === 'lane' ? Number(said(name)) : said(name);
  };
  const entries = names.filter((name) => said(name) !== '').map((name) => [name, valueOf(name)] as const);
  return { what, ...Object.fromEntries(entries) } as RetrySelector;
}

/** Where a retry of this is planned. */
export function planAddress(selector: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(selector))
    params.set(name, Array.isArray(value) ? value.join(' ') : String(value));
  return `/retries?${params.toString()}`;
}

/** `run ab12 · cause failed_data`, without its kind. */
export function saidOf(selector: Readonly<Record<string, unknown>>): [name: string, value: string][] {
  return Object.entries(selector)
    .filter(([name]) => name !== 'what' && name !== 'code')
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(' ') : String(value)]);
}
