/**
 * Parsed at the door: a body or parameter that does not fit its schema becomes one problem that names every faulty field.
 */
import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { z } from 'zod';
import { jsonPointer, Problem, type FieldFault } from './problem.js';

type Path = readonly PropertyKey[];
const FAULTS_MAX = 100;

const NESTED_MAX = 64;
const UNSTORABLE = 'contains U+0000 or half of a surrogate pair';
const TOO_DEEP = `is nested deeper than ${NESTED_MAX}`;

export interface Unstorable {
  path: Path;
  detail: string;
}

/**
 * What can be neither stored nor checked: text that Postgres cannot hold, and nesting without end. Does not recurse itself. Returns the
 * first that it meets.
 */
export function unstorable(value: unknown): Unstorable | null {
  const bad = (text: string) => text.includes('\0') || !text.isWellFormed();
  const left: { value: unknown; path: Path }[] = [{ value, path: [] }];
  for (let one = left.pop(); one; one = left.pop()) {
    if (typeof one.value === 'string' && bad(one.value)) return { path: one.path, detail: UNSTORABLE };
    if (typeof one.value !== 'object' || one.value === null) continue;
    if (one.path.length >= NESTED_MAX) return { path: one.path.slice(0, 8), detail: TOO_DEEP };
    for (const [key, child] of Object.entries(one.value)) {
      if (bad(key)) return { path: one.path, detail: UNSTORABLE };
      left.push({ value: child, path: [...one.path, key] });
    }
  }
  return null;
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(
    0,
    ...issues.map((i) => i.path.length + (i.code === 'invalid_union' ? depthOf(furthest(i.errors)) : 0)),
  );
}

/** Is the value not even of the branch's type? */
function isElsewhere(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.some(
    (i) =>
      i.path.length === 0 &&
      (i.code === 'invalid_type' || (i.code === 'invalid_union' && i.errors.length > 0 && i.errors.every(isElsewhere))),
  );
}

/** Of a union's branches the one that got furthest says what is wrong, rather one that is of the value's type. */
function furthest(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  return (
    [...branches].sort(
      (a, b) => depthOf(b) - depthOf(a) || Number(isElsewhere(a)) - Number(isElsewhere(b)) || a.length - b.length,
    )[0] ?? []
  );
}

export function faultsOf(issues: readonly z.core.$ZodIssue[], at: Path = []): { path: Path; detail: string }[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === 'invalid_union' && issue.errors.length > 0) return faultsOf(furthest(issue.errors), path);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key], detail: 'is not a known field' }));
    return [{ path, detail: issue.message }];
  });
}

/** Parse a body by hand, with the same problem as the pipe has. */
export function parseBody<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const fault = unstorable(value);
  if (fault) {
    throw new Problem('invalid', undefined, { errors: [{ pointer: jsonPointer(fault.path), detail: fault.detail }] });
  }
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const errors = faultsOf(parsed.error.issues).map(({ path, detail }) => ({ pointer: jsonPointer(path), detail }));
  throw new Problem('invalid', undefined, { errors: errors.slice(0, FAULTS_MAX) });
}

@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const schema = metadata.schema as z.ZodType | undefined;
    if (metadata.type === 'custom') return value;
    if (!schema) {
      if (metadata.type === 'param' && unstorable(value) !== null)
        throw new Problem('invalid', undefined, { errors: [{ parameter: metadata.data ?? '', detail: UNSTORABLE }] });
      return value;
    }
    if (metadata.type === 'body') return parseBody(schema, value) as T;
    const parsed = schema.safeParse(value);
    if (parsed.success && unstorable(value) === null) return parsed.data as T;
    const errors: FieldFault[] = parsed.success
      ? [{ parameter: metadata.data ?? '', detail: UNSTORABLE }]
      : faultsOf(parsed.error.issues).map(({ path, detail }) => ({
          parameter: String(path[0] ?? metadata.data ?? ''),
          detail,
        }));
    throw new Problem('invalid', undefined, { errors: errors.slice(0, FAULTS_MAX) });
  }
}
