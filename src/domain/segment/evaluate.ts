/**
 * A rule over one customer, or over the properties of one event, in plain code: the second witness of the compiled SQL.
 */
import type { EpochMs } from '../base/time.js';
import { ownValue, prepareComparison } from './comparison.js';
import { valuesOf, type Field } from './fields.js';
import { catalogued, faultless, prepareFilter, prepareGroup, type Holds } from './filter.js';
import { prepareMeasure, type RuleEvent } from './measure.js';
import type { Rule, RuleGroup } from './rule.js';

export { prepareFilter };

export interface RuleCustomer {
  id: string;
  status: string;
  zone: string;
  attributes: Readonly<Record<string, unknown>>;
  consents: Readonly<Record<string, { granted: boolean } | undefined>>;
  addresses: Readonly<Record<string, string | undefined>>;
}

/** What a segment's rule may ask about. */
export interface SegmentCustomer extends RuleCustomer {
  /** In any order. */
  events: readonly RuleEvent[];
  /** Uploads that have a row of this customer. */
  uploads: readonly string[];
}

type Read<T> = (subject: T) => unknown;

/** Errors: an Error where the rule has faults, which validation has told before. */
export function prepareRule(rule: RuleGroup): (customer: RuleCustomer) => boolean {
  faultless(rule, 'customer');
  return prepareGroup(rule, prepareCustomerRule);
}

/** A pinned segment rule at `now`: of events only what occurred strictly before. */
export function prepareSegment(rule: RuleGroup, now: EpochMs): (customer: SegmentCustomer) => boolean {
  faultless(rule, 'pinned');
  return prepareGroup(rule, (one): Holds<SegmentCustomer> => {
    const field = catalogued(one, 'pinned');
    if (field.kind === 'measure') {
      const holds = prepareMeasure(one, now);
      return (customer) => holds(customer.events);
    }
    if (field.kind !== 'upload') return prepareCustomerRule(one);
    const uploads = valuesOf(one);
    const wanted = one.operator === '=' || one.operator === 'in';
    return (customer) => customer.uploads.some((upload) => uploads.includes(upload)) === wanted;
  });
}

function prepareCustomerRule(rule: Rule): Holds<RuleCustomer> {
  const holds = prepareComparison(rule);
  const value = readCustomer(catalogued(rule, 'customer'));
  return (customer) => holds(value(customer));
}

function readCustomer(field: Field): Read<RuleCustomer> {
  const { kind, key } = field;
  switch (kind) {
    case 'id':
    case 'status':
    case 'zone':
      return (customer) => customer[kind];
    case 'attribute':
      return (customer) => ownValue(customer.attributes, key);
    case 'consent':
      return (customer) => (ownValue(customer.consents, key) as { granted: boolean } | undefined)?.granted;
    case 'address':
      return (customer) => ownValue(customer.addresses, key);
    default:
      throw new Error(`invariant: a ${kind} is no field of a customer’s row`);
  }
}
