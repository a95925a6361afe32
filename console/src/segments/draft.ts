/**
 * A segment that is edited and not saved, kept in this browser with the version that it began from.
 */
import { isObject } from '../canvas/graph/pointer.js';
import type { RuleGroup } from '../client/types.gen.js';
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

const nameOf = (key: string | null) => `pado.segment.${key ?? ''}`;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function readDraft(key: string | null): KeptDraft | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(nameOf(key)) ?? 'null');
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
  } catch {
    return null;
  }
}

/** Whether the browser kept it. */
export function keepDraft(key: string | null, { content, version, at }: KeptDraft): boolean {
  try {
    localStorage.setItem(nameOf(key), JSON.stringify({ ...content, rule: ruleText(content.rule), version, at }));
    return true;
  } catch {
    // no room, or storage is off
    return false;
  }
}

export function forgetDraft(key: string | null): void {
  try {
    localStorage.removeItem(nameOf(key));
  } catch {
    // storage is off: nothing was kept
  }
}
