/**
 * Parsed at the door: a body or parameter that does not fit its schema becomes one problem that names every faulty field.
 */
import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { z } from 'zod';
import { jsonPointer, Problem, type FieldFault } from './problem.js';

type Path = readonly PropertyKey[];
const FAULTS_MAX = 100;

/** Text that Postgres cannot hold: U+0000 and halves of surrogate pairs. Returns the path of the first one. */
export function unstorableText(value: unknown, path: Path = []): Path | null {
  const bad = (text: string) => text.includes('\0') || !text.isWellFormed();
  if (typeof value === 'string') return bad(value) ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, child] of Object.entries(value)) {
    if (bad(key)) return path;
    const found = unstorableText(child, [...path, key]);
    if (found) return found;
  }
  return null;
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(
    0,
    ...issues.map((i) => i.path.length + (i.code === 'invalid_union' ? depthOf(furthest(i.errors)) : 0)),
  );
}

/** Of a union's branches the one that got furthest says what is wrong. */
function furthest(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  return [...branches].sort((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)[0] ?? [];
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
  const unstorable = unstorableText(value);
  if (unstorable)
    throw new Problem('invalid', undefined, { errors: [{ pointer: jsonPointer(unstorable), detail: UNSTORABLE }] });
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const errors = faultsOf(parsed.error.issues).map(({ path, detail }) => ({ pointer: jsonPointer(path), detail }));
  throw new Problem('invalid', undefined, { errors: errors.slice(0, FAULTS_MAX) });
}

const UNSTORABLE = 'contains U+0000 or half of a surrogate pair';

@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const schema = metadata.schema as z.ZodType | undefined;
    if (!schema || metadata.type === 'custom') return value;
    if (metadata.type === 'body') return parseBody(schema, value) as T;
    const parsed = schema.safeParse(value);
    if (parsed.success && unstorableText(value) === null) return parsed.data as T;
    const errors: FieldFault[] = parsed.success
      ? [{ parameter: String(metadata.data ?? ''), detail: UNSTORABLE }]
      : faultsOf(parsed.error.issues).map(({ path, detail }) => ({
          parameter: String(path[0] ?? metadata.data ?? ''),
          detail,
        }));
    throw new Problem('invalid', undefined, { errors: errors.slice(0, FAULTS_MAX) });
  }
}
