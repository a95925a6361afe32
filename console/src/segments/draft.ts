/**
 * A segment that is edited and not saved, kept in this browser with the version that it began from.
 */
import { isObject } from '../canvas/graph/pointer.js';
import type { RuleGroup } from '../client/types.gen.js';
import { forget, keep, readKept } from '../parts/kept.js';
import { readRule, ruleText } from './rule/text.js';

export interface Content {
  key: string;
  name: string;
  source: string | null;
  rule: RuleGroup;
}
export interface KeptDraft {
  content: Content;
  /** Null: of a segment that was never saved. */
  version: number | null;
  /** ISO 8601. */
  at: string;
}

const nameOf = (key: string | null) => `segment.${key ?? ''}`;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function readDraft(key: string | null): KeptDraft | null {
  const kept = readKept(nameOf(key));
  if (!isObject(kept)) return null;
  const read = readRule(textOf(kept['rule']));
  if (!read.ok) return null;
  const { source, version } = kept;
  return {
    content: {
      key: textOf(kept['key']),
      name: textOf(kept['name']),
      source: typeof source === 'string' ? source : null,
      rule: read.rule,
    },
    version: typeof version === 'number' ? version : null,
    at: textOf(kept['at']),
  };
}

/** Whether the browser kept it. */
export const keepDraft = (key: string | null, { content, version, at }: KeptDraft): boolean =>
  keep(nameOf(key), { ...content, rule: ruleText(content.rule), version, at });

export const forgetDraft = (key: string | null): void => forget(nameOf(key));
