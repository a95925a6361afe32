/**
 * What a marketer fills in of a ready campaign: each blank is of one kind, which says its shape and what a form offers for it.
 */
import { z } from 'zod';
import { keySchema } from '../base/keys.js';
import { moneySchema, type MoneyJson } from '../base/money.js';
import { spanSchema } from '../base/time.js';
import { eventName, gatewayName } from '../journey/nodes.js';

/** In the languages of the console. */
export interface Words {
  en: string;
  ko: string;
}

const SHAPES = {
  /** A message's, with Liquid. */
  text: z.string().trim().min(1).max(2_000),
  title: z.string().trim().min(1).max(200),
  /** ISO 8601, such as P14D. */
  span: spanSchema,
  amount: moneySchema,
  /** The name of an event that sources tell. */
  event: eventName,
  /** The name of an attribute of customers, and a text that it may be. */
  attribute: z.string().trim().min(1).max(64),
  value: z.string().trim().min(1).max(200),
  /** Keys and names of what the installation has. */
  segment: keySchema,
  budget: keySchema,
  provider: gatewayName,
  gateway: gatewayName,
} as const;
export type BlankKind = keyof typeof SHAPES;
export const BLANK_KINDS = Object.keys(SHAPES) as [BlankKind, ...BlankKind[]];

export interface Blank {
  kind: BlankKind;
  label: Words;
  /** Filled in already; without it, it has to be. */
  preset?: string | MoneyJson;
}
export type Blanks = Readonly<Record<string, Blank>>;
export type Values<B extends Blanks> = { [N in keyof B]: z.infer<(typeof SHAPES)[B[N]['kind']]> };

export interface BlankFault {
  name: string;
  detail: string;
}

/** The values of all blanks, presets where nothing is given; or what is wrong with which. */
export function filled<B extends Blanks>(
  blanks: B,
  given: Readonly<Record<string, unknown>>,
): { ok: true; values: Values<B> } | { ok: false; faults: BlankFault[] } {
  const values: Record<string, unknown> = {};
  const faults: BlankFault[] = Object.keys(given)
    .filter((name) => !Object.hasOwn(blanks, name))
    .map((name) => ({ name, detail: 'is no blank of this campaign' }));
  for (const [name, { kind, preset }] of Object.entries(blanks)) {
    const value = given[name] ?? preset;
    if (value === undefined) {
      faults.push({ name, detail: 'is to be filled in' });
      continue;
    }
    const parsed = SHAPES[kind].safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else faults.push({ name, detail: parsed.error.issues.map(({ message }) => message).join('; ') });
  }
  return faults.length === 0 ? { ok: true, values: values as Values<B> } : { ok: false, faults };
}
