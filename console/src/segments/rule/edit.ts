/**
 * Changes of a rule at a place of it: a pointer's steps, such as rules, 1, of, where, rules, 0. Each gives a new rule; what is beside stays the same.
 */
import { isObject, type Step } from '../../canvas/graph/pointer.js';
import { isGroup, type GroupForm, type PartForm } from './form.js';

export type Place = readonly Step[];

/** What is at the place, undefined where there is nothing. */
export function at(root: unknown, place: Place): unknown {
  return place.reduce<unknown>(
    (value, step) => (Array.isArray(value) ? value[Number(step)] : isObject(value) ? value[step] : undefined),
    root,
  );
}

/** The same with something else at the place; undefined takes a property away. */
export function withAt<T>(root: T, place: Place, to: unknown): T {
  const [step, ...rest] = place;
  if (step === undefined) return to as T;
  if (Array.isArray(root))
    return root.map((item: unknown, n) => (n === Number(step) ? withAt(item, rest, to) : item)) as T;
  if (!isObject(root)) return root;
  const changed = withAt(root[step], rest, to);
  if (changed !== undefined) return { ...root, [step]: changed };
  const { [step]: _gone, ...others } = root;
  return others as T;
}

const groupAt = (root: GroupForm, place: Place): GroupForm => at(root, place) as GroupForm;
/** The group that a part is in, and where in it. */
const siblings = (place: Place): { group: Place; n: number } => ({
  group: place.slice(0, -2),
  n: Number(place.at(-1)),
});

export const partAt = (group: Place, n: number): Place => [...group, 'rules', n];

/** `group`: the place of the group; the part comes to stand at `n`, by default at its end. */
export function insert(root: GroupForm, group: Place, part: PartForm, n?: number): GroupForm {
  const { rules } = groupAt(root, group);
  return withAt(root, [...group, 'rules'], rules.toSpliced(n ?? rules.length, 0, part));
}

export function remove(root: GroupForm, place: Place): GroupForm {
  const { group, n } = siblings(place);
  return withAt(root, [...group, 'rules'], groupAt(root, group).rules.toSpliced(n, 1));
}

/** Up (-1) or down (1) among the parts of its group; at their end it stays. */
export function move(root: GroupForm, place: Place, by: -1 | 1): GroupForm {
  const { group, n } = siblings(place);
  const { rules } = groupAt(root, group);
  const part = rules[n];
  if (part === undefined || n + by < 0 || n + by >= rules.length) return root;
  return withAt(root, [...group, 'rules'], rules.toSpliced(n, 1).toSpliced(n + by, 0, part));
}

/** The part becomes a group of its own, so that others can be put beside it. */
export function wrap(root: GroupForm, place: Place, combinator: 'and' | 'or'): GroupForm {
  return withAt(root, place, { combinator, rules: [at(root, place) as PartForm] });
}

/** The parts of a group stand where it stood. */
export function unwrap(root: GroupForm, place: Place): GroupForm {
  const part = at(root, place) as PartForm;
  if (!isGroup(part)) return root;
  const { group, n } = siblings(place);
  return withAt(root, [...group, 'rules'], groupAt(root, group).rules.toSpliced(n, 1, ...part.rules));
}
