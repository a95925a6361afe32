/**
 * A rule as JSON, there and back. What is no rule by its shape is refused with its place; whether its names and values are right is the API's to say.
 */
import { isObject, pointerOf, type Step } from '../../canvas/graph/pointer.js';
import type { RuleGroup } from '../../client/types.gen.js';

export type ReadRule = { ok: true; rule: RuleGroup } | { ok: false; pointer: string | null };

export const ruleText = (rule: RuleGroup): string => JSON.stringify(rule, null, 2);

/** `pointer`: where it is none; null: it is not even JSON. */
export function readRule(text: string): ReadRule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, pointer: null };
  }
  const wrong = wrongOfGroup(value, []);
  return wrong === null ? { ok: true, rule: value as RuleGroup } : { ok: false, pointer: pointerOf(wrong) };
}

type Wrong = readonly Step[] | null;
type Check = (value: unknown, at: readonly Step[]) => Wrong;

const OPERATORS = '= != < <= > >= in notIn between contains beginsWith null notNull'.split(' ');

const isOne =
  (test: (value: unknown) => boolean): Check =>
  (value, at) =>
    test(value) ? null : at;
const isText = isOne((value) => typeof value === 'string');
const isNumber = isOne((value) => typeof value === 'number');
const isTruth = isOne((value) => typeof value === 'boolean');
const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
const isValue = isOne((value) => isScalar(value) || (Array.isArray(value) && value.every(isScalar)));

/** Properties, each by its check; `?` behind a name: it may be left out. Others may not be there. */
function shaped(checks: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) return at;
    const known = new Map(Object.entries(checks).map(([name, check]) => [name.replace(/\?$/, ''), check]));
    const foreign = Object.keys(value).find((name) => !known.has(name));
    if (foreign !== undefined) return [...at, foreign];
    for (const [name, check] of Object.entries(checks)) {
      const key = name.replace(/\?$/, '');
      if (!Object.hasOwn(value, key)) {
        if (key === name) return [...at, key];
        continue;
      }
      const wrong = check(value[key], [...at, key]);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

const listOf =
  (check: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value)) return at;
    for (const [n, item] of value.entries()) {
      const wrong = check(item, [...at, n]);
      if (wrong !== null) return wrong;
    }
    return null;
  };

const WINDOWS: Readonly<Record<string, Check>> = {
  rolling: shaped({ kind: isText, span: isText }),
  calendar: shaped({
    kind: isText,
    unit: isOne((value) => ['day', 'week', 'month'].includes(String(value))),
    back: isNumber,
    'count?': isNumber,
    zone: isText,
  }),
  fixed: shaped({ kind: isText, from: isText, 'to?': isText }),
};
const isWindow: Check = (value, at) => {
  const kind = isObject(value) ? String(value['kind']) : '';
  return Object.hasOwn(WINDOWS, kind) ? (WINDOWS[kind] as Check)(value, at) : [...at, 'kind'];
};

const wrongOfGroup: Check = (value, at) =>
  shaped({
    combinator: isOne((one) => one === 'and' || one === 'or'),
    'not?': isTruth,
    rules: listOf((part, place) => (isObject(part) && 'rules' in part ? wrongOfGroup : wrongOfRule)(part, place)),
  })(value, at);

const wrongOfRule: Check = (value, at) =>
  shaped({
    field: isText,
    operator: isOne((one) => OPERATORS.includes(String(one))),
    'value?': isValue,
    'of?': shaped({
      event: isText,
      'property?': isText,
      'where?': wrongOfGroup,
      'window?': isWindow,
      'followedBy?': listOf(shaped({ event: isText, 'where?': wrongOfGroup, within: isText, 'none?': isTruth })),
    }),
  })(value, at);
