/**
 * Problems as RFC 9457 has them. One table says which kind has which status and title; nothing of the inside is ever told.
 */
import { HttpException } from '@nestjs/common';
import { z } from 'zod';

export const PROBLEMS = {
  malformed: [400, 'The request cannot be read'],
  invalid: [400, 'The request has faults'],
  unauthenticated: [401, 'A valid key or a session is needed'],
  signature: [401, 'The signature does not verify'],
  forbidden: [403, 'Your role may not do that'],
  cross_site: [403, 'Nothing shows that our own page asks for this'],
  own_work: [403, 'Another person has to approve this'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'This method is not offered here'],
  slow: [408, 'The request took too long to arrive'],
  conflict: [409, 'The present state does not allow that'],
  in_progress: [409, 'The same request is still in progress'],
  stale: [412, 'It has been changed since you read it'],
  too_large: [413, 'The request is too large'],
  media_type: [415, 'This content type is not accepted'],
  unprocessable: [422, 'The content has faults'],
  key_reused: [422, 'The idempotency key stands for another request'],
  precondition_required: [428, 'If-Match is needed'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The request has too many headers, or its address and headers are too large'],
  internal: [500, 'Something went wrong on our side'],
  unavailable: [503, 'Not available just now'],
} as const satisfies Record<string, readonly [number, string]>;
export type ProblemKind = keyof typeof PROBLEMS;

export const fieldFaultSchema = z
  .object({
    pointer: z.string().optional().describe('JSON Pointer (RFC 6901) into the body'),
    parameter: z.string().optional().describe('name of a path, query or header parameter'),
    line: z.int().optional().describe('line of an uploaded file, the first is 1'),
    detail: z.string(),
  })
  .meta({ id: 'FieldFault' });
export type FieldFault = z.infer<typeof fieldFaultSchema>;

export const problemSchema = z
  .object({
    type: z.string().describe('urn:pado:problem:<kind>'),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z.array(fieldFaultSchema).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

export interface ProblemExtras {
  errors?: readonly FieldFault[];
  headers?: Readonly<Record<string, string>>;
}

export class Problem extends HttpException {
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly kind: ProblemKind,
    detail?: string,
    extras: ProblemExtras = {},
  ) {
    const [status, title] = PROBLEMS[kind];
    super({ type: `urn:pado:problem:${kind}`, title, status, detail, errors: extras.errors }, status);
    this.headers = extras.headers ?? {};
  }
}

/** Not found, naming what. */
export function found<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Problem('not_found', `There is no such ${what}.`);
  return value;
}

/** RFC 6901: `~` and `/` are escaped. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
