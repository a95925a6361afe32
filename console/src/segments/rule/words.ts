/**
 * A rule in words, as short as a line of a list; what is too long for it is left off and counted.
 */
import type { RuleGroup } from '../../client/types.gen.js';
import type { EventsOf, Operator, Rule } from './form.js';

/** The words of a language. */
export interface Words {
  and: string;
  or: string;
  not: (inside: string) => string;
  none: string;
  some: string;
  contains: string;
  beginsWith: string;
  /** Of a field without events. */
  field: (field: string) => string;
  /** `event.sum` of amount of purchase: as `amount of purchase, sum`. */
  measure: (measure: string, event: string, property: string | undefined) => string;
  window: (window: NonNullable<EventsOf['window']>) => string;
  more: (count: number) => string;
  upload: string;
}

const SYMBOLS: Partial<Record<Operator, string>> = {
  '=': '=',
  '!=': '≠',
  '<': '<',
  '<=': '≤',
  '>': '>',
  '>=': '≥',
  in: '∈',
  notIn: '∉',
};
const VALUES_SHOWN = 3;

export const symbolOf = (operator: Operator): string | undefined => SYMBOLS[operator];

export function groupWords({ combinator, not, rules }: RuleGroup, words: Words, nested = false): string {
  const parts = rules.map((part) =>
    'rules' in part ? groupWords(part, words, rules.length > 1) : ruleWords(part, words),
  );
  const joined = parts.join(` ${combinator === 'and' ? words.and : words.or} `);
  if (not) return words.not(joined);
  return nested && rules.length > 1 ? `(${joined})` : joined;
}

function ruleWords(rule: Rule, words: Words): string {
  const { field, operator, value } = rule;
  if (field === 'upload') return words.upload;
  const name = rule.of ? measured(field, rule.of, words) : words.field(field);
  if (operator === 'null') return `${name} ${words.none}`;
  if (operator === 'notNull') return `${name} ${words.some}`;
  const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (operator === 'between') return `${name} ${values.map(String).join(' … ')}`;
  const shown = values.slice(0, VALUES_SHOWN).map(String).join(', ');
  const rest = values.length > VALUES_SHOWN ? ` ${words.more(values.length - VALUES_SHOWN)}` : '';
  const symbol = SYMBOLS[operator] ?? (operator === 'contains' ? words.contains : words.beginsWith);
  return `${name} ${symbol} ${shown}${rest}`;
}

function measured(field: string, of: EventsOf, words: Words): string {
  const name = words.measure(field.replace(/^event\./, ''), of.event, of.property);
  const about = [
    of.where && `[${groupWords(of.where, words)}]`,
    of.window && words.window(of.window),
    ...(of.followedBy ?? []).map(({ event, none }) => `→ ${none ? '∄ ' : ''}${event}`),
  ].filter((part) => part !== undefined);
  return [name, ...about].join(' ');
}
