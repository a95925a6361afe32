/**
 * Everything that is wrong with a rule against the field catalogue, all of it at once, each fault with its place.
 */
import { parseSpanMs } from '../base/time.js';
import {
  ARITY,
  fieldOf,
  isMeasure,
  isName,
  OPERATORS_OF,
  STATUSES,
  takesProperty,
  VALUE_TYPE,
  valuesOf,
  type Field,
  type Subject,
} from './fields.js';
import type { EventsOf, Operator, Rule, RuleGroup } from './rule.js';

export interface RuleFault {
  /** JSON Pointer (RFC 6901) into the rule. */
  pointer: string;
  detail: string;
}

const SINCE_MAX_MS = 3_660 * 86_400_000;
const TEXT_ONLY: readonly Operator[] = ['contains', 'beginsWith'];
const ORDERED: readonly Operator[] = ['<', '<=', '>', '>=', 'between'];

/** All faults of a rule against the field catalogue. */
export function faultsOfRule(rule: RuleGroup, subject: Subject): RuleFault[] {
  return rule.rules.flatMap((one, n) => {
    const faults = 'rules' in one ? faultsOfRule(one, subject) : faultsOfOne(one, subject);
    return under(`/rules/${n}`, faults);
  });
}

const under = (place: string, faults: readonly RuleFault[]): RuleFault[] =>
  faults.map(({ pointer, detail }) => ({ pointer: place + pointer, detail }));

function faultsOfOne(rule: Rule, subject: Subject): RuleFault[] {
  const field = fieldOf(rule.field, subject);
  if (!field) {
    const elsewhere = subject === 'customer' && fieldOf(rule.field, 'segment');
    const detail = elsewhere
      ? `names the field ${JSON.stringify(rule.field)}, which only a segment’s own rule may`
      : `names the field ${JSON.stringify(rule.field)}, which the catalogue does not have`;
    return [{ pointer: '', detail }];
  }
  const detail = arityFault(rule) ?? valueFault(rule, field);
  return [...(detail ? [{ pointer: '', detail }] : []), ...eventFaults(rule, field)];
}

function arityFault(rule: Rule): string | null {
  const { operator, value } = rule;
  const isList = Array.isArray(value);
  const count = valuesOf(rule).length;
  switch (ARITY[operator]) {
    case 'none':
      return null;
    case 'one':
      return value === undefined || isList ? `takes one value for ${operator}` : null;
    case 'two':
      return isList && count === 2 ? null : 'takes a list of two values for between';
    case 'list':
      return isList && count > 0 ? null : `takes a list of values for ${operator}`;
    default:
      return ARITY[operator] satisfies never;
  }
}

const TAKES = { string: 'takes text', number: 'takes a number', boolean: 'takes true or false' };

/** In words that continue the field's name. */
function valueFault(rule: Rule, field: Field): string | null {
  const { operator } = rule;
  if (field.type === 'presence' && ARITY[operator] !== 'none') return 'can only be asked for null or notNull';
  if (!OPERATORS_OF[field.type].includes(operator)) return `cannot be compared by ${operator}`;
  const values = valuesOf(rule);
  const types = new Set(values.map((value) => typeof value));
  if (types.size > 1) return 'mixes types of values';
  const [given] = types;
  if (given === undefined) return null;
  const wanted = VALUE_TYPE[field.type];
  if (wanted !== null && given !== wanted) return TAKES[wanted];
  if (given === 'boolean' && ORDERED.includes(operator)) return `cannot be compared by ${operator}`;
  if (given !== 'string' && TEXT_ONLY.includes(operator)) return `takes text for ${operator}`;
  if (field.kind === 'status' && values.some((value) => !STATUSES.includes(value))) {
    return `is one of ${STATUSES.join(', ')}`;
  }
  if (field.type === 'span' && !values.every((value) => isSince(String(value)))) {
    return 'takes ISO 8601 durations such as P90D, of at most 3,660 days';
  }
  return null;
}

function isSince(iso: string): boolean {
  const ms = parseSpanMs(iso);
  return ms !== null && ms <= SINCE_MAX_MS;
}

function eventFaults({ of }: Rule, field: Field): RuleFault[] {
  if (field.kind !== 'measure' || !isMeasure(field.key)) {
    return of ? [{ pointer: '/of', detail: 'is for rules about events alone' }] : [];
  }
  if (!of) return [{ pointer: '/of', detail: 'has to say which event' }];
  return under('/of', [...propertyFaults(of, takesProperty(field.key)), ...filterFaults(of)]);
}

function propertyFaults({ property }: EventsOf, takes: boolean): RuleFault[] {
  const pointer = '/property';
  if (property === undefined) return takes ? [{ pointer, detail: 'is missing' }] : [];
  if (!takes) return [{ pointer, detail: 'is not asked by this measure' }];
  return isName(property) ? [] : [{ pointer, detail: 'is not the name of a property' }];
}

function filterFaults({ where, followedBy = [] }: EventsOf): RuleFault[] {
  const steps = followedBy.flatMap((step, n) => [
    ...(step.where ? under(`/followedBy/${n}/where`, faultsOfRule(step.where, 'event')) : []),
    ...(step.none && n < followedBy.length - 1
      ? [{ pointer: `/followedBy/${n}/none`, detail: 'can only end a sequence: nothing comes after what did not come' }]
      : []),
  ]);
  return [...(where ? under('/where', faultsOfRule(where, 'event')) : []), ...steps];
}
