/**
 * A campaign as YAML and back. What a change elsewhere did is written into the text that there is: whatever it did not touch keeps its order, its
 * words and its comments.
 */
import { isMap, isSeq, parseDocument, stringify, visit, type Document } from 'yaml';
import { isObject, isSame, type Step } from './pointer.js';

export type Read = { ok: true; value: unknown } | { ok: false; line: number; detail: string };

const STYLE = { lineWidth: 0 } as const;

export const writeYaml = (value: unknown): string => stringify(value, { ...STYLE, aliasDuplicateObjects: false });

export function readYaml(text: string): Read {
  const document = parseDocument(text);
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) return { ok: false, line: fault.linePos?.[0].line ?? 1, detail: fault.message.split('\n')[0] ?? '' };
  try {
    // the engine's definitions are JSON
    return { ok: true, value: JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null)) as unknown };
  } catch {
    return { ok: false, line: 1, detail: 'is not plain data' };
  }
}

/** The text with the value in it, and how many comments went with what was removed. */
export function rewritten(text: string, value: unknown): { text: string; lost: number } {
  const read = readYaml(text);
  if (!read.ok || !isObject(read.value) || !isObject(value)) return { text: writeYaml(value), lost: commentsIn(text) };
  if (isSame(read.value, value)) return { text, lost: 0 };
  const document = parseDocument(text);
  write(document, [], read.value, value);
  const after = document.toString(STYLE);
  // what is aliased has changed in more places than one: then the text is written anew
  const again = readYaml(after);
  if (!again.ok || !isSame(again.value, value)) return { text: writeYaml(value), lost: commentsIn(text) };
  return { text: after, lost: Math.max(0, commentsIn(text) - commentsIn(after)) };
}

function write(document: Document, at: Step[], before: unknown, after: unknown): void {
  if (isSame(before, after)) return;
  const here = at.length === 0 ? document.contents : document.getIn(at, true);
  if (isObject(before) && isObject(after) && isMap(here)) {
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) document.deleteIn([...at, key]);
    for (const [key, value] of Object.entries(after)) write(document, [...at, key], before[key], value);
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length && isSeq(here)) {
    for (const [n, value] of after.entries()) write(document, [...at, n], before[n], value);
  } else {
    const scalar = document.getIn(at, true) as { value?: unknown; comment?: string } | undefined;
    // a scalar keeps the comment at its end
    if (scalar && 'value' in scalar && (typeof after !== 'object' || after === null)) document.setIn(at, after);
    else document.setIn(at, document.createNode(after));
  }
}

/** Lines of comments. */
export function commentsIn(text: string): number {
  let lines = 0;
  const count = (comment: string | null | undefined) => (lines += comment ? comment.split('\n').length : 0);
  const document = parseDocument(text);
  count(document.commentBefore);
  count(document.comment);
  visit(document, {
    Node: (_key, node) => {
      count(node.commentBefore);
      count(node.comment);
    },
  });
  return lines;
}
