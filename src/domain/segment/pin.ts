/**
 * Segments within segments: every reference is replaced by the rule of the version in force, so that what was counted or launched is one
 * rule that nothing changes later. Cycles, unknown segments and rules that grow without bound are refused.
 */
import type { RuleFault } from './faults.js';
import { valuesOf } from './fields.js';
import { filtersOf, MEASURES_MAX, RULES_MAX, sizeOf, type Rule, type RuleGroup } from './rule.js';

export interface KnownSegment {
  key: string;
  version: number;
  rule: RuleGroup;
  /** Null or absent: Postgres. */
  source?: string | null;
}

/** `uses`: every segment inside, as key@version, sorted. */
export type Pinned = { ok: true; rule: RuleGroup; uses: string[] } | { ok: false; faults: RuleFault[] };

/** A rule with all its segments inside may be this many times as large as one that is written. */
const GROWTH_MAX = 10;
/** Segments within segments. */
export const NESTED_MAX = 8;

/** The keys that a rule names. */
export function segmentsIn(rule: RuleGroup): string[] {
  const keys = rule.rules.flatMap((one) => ('rules' in one ? segmentsIn(one) : keysOf(one)));
  return [...new Set(keys)];
}

const keysOf = (rule: Rule): string[] => (rule.field === 'segment' ? valuesOf(rule).map(String) : []);

/**
 * `known`: the newest version of each segment that the rule leads to; `self`: the key that it is to be stored under; `source`: where it is
 * asked, and so all that is inside.
 */
export function pinSegments(
  rule: RuleGroup,
  known: ReadonlyMap<string, KnownSegment>,
  { self, source = null }: { self?: string; source?: string | null } = {},
): Pinned {
  const left = { rules: RULES_MAX * GROWTH_MAX, measures: MEASURES_MAX * GROWTH_MAX };
  const walk: Walk = { path: self === undefined ? [] : [self], source, known, faults: [], uses: new Set(), left };
  const whole = expand(rule, { pointer: '', fixed: false }, walk);
  if (walk.faults.length === 0 && isSpent(walk)) walk.faults.push({ pointer: '', detail: TOO_LARGE });
  if (walk.faults.length > 0) return { ok: false, faults: walk.faults };
  return { ok: true, rule: whole, uses: [...walk.uses].sort() };
}

const TOO_LARGE = `is too large with the segments that it names: at most ${RULES_MAX * GROWTH_MAX} rules, ${MEASURES_MAX * GROWTH_MAX} of them about events`;

interface Walk {
  /** From the outermost segment to where we are. */
  path: readonly string[];
  source: string | null;
  known: ReadonlyMap<string, KnownSegment>;
  faults: RuleFault[];
  uses: Set<string>;
  /** What may still be added. */
  left: { rules: number; measures: number };
}

/** A JSON Pointer into the outermost rule; fixed inside a named segment, whose faults stand where it is named. */
interface Place {
  pointer: string;
  fixed: boolean;
}

function expand(group: RuleGroup, place: Place, walk: Walk): RuleGroup {
  const rules = group.rules.map((one, n): Rule | RuleGroup => {
    const inside = place.fixed ? place : { pointer: `${place.pointer}/rules/${n}`, fixed: false };
    if ('rules' in one) return expand(one, inside, walk);
    if (one.field === 'segment') return membership(one, inside.pointer, walk);
    walk.left.rules -= 1 + filtersOf(one).reduce((sum, where) => sum + sizeOf(where).rules, 0);
    walk.left.measures -= one.of ? 1 : 0;
    return one;
  });
  return { ...group, rules };
}

const isSpent = ({ left }: Walk): boolean => left.rules < 0 || left.measures < 0;

function membership(rule: Rule, pointer: string, walk: Walk): RuleGroup {
  const rules = keysOf(rule).flatMap((key): RuleGroup[] => {
    const segment = walk.known.get(key);
    const detail = faultOfReference(key, segment, walk);
    if (detail !== null) walk.faults.push({ pointer, detail });
    // what is too large already is not made larger
    if (detail !== null || !segment || isSpent(walk)) return [];
    walk.uses.add(`${key}@${segment.version}`);
    return [expand(segment.rule, { pointer, fixed: true }, { ...walk, path: [...walk.path, key] })];
  });
  const negated = rule.operator === '!=' || rule.operator === 'notIn';
  return { combinator: 'or', ...(negated ? { not: true } : {}), rules };
}

function faultOfReference(key: string, segment: KnownSegment | undefined, { path, source }: Walk): string | null {
  if (path.includes(key)) return `leads back to itself: ${[...path, key].join(' → ')}`;
  if (path.length > NESTED_MAX) return `names segments within segments deeper than ${NESTED_MAX}`;
  if (!segment) return `names the segment ${JSON.stringify(key)}, which does not exist`;
  return (segment.source ?? null) === source
    ? null
    : `names the segment ${JSON.stringify(key)}, which is of another source`;
}
