/**
 * One decorator says what an endpoint is: who may call it, what it answers, which problems it has. OpenAPI and the guard read the same.
 */
import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCookieAuth,
  ApiExtension,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiResponse,
} from '@nestjs/swagger';
import type { z } from 'zod';
import type { Role } from '../../storage/keys.store.js';
import { Allow, type Access } from './access.js';
import { PROBLEMS, type ProblemKind } from './problem.js';

export interface EndpointSpec {
  summary: string;
  description?: string;
  access: Access;
  status?: number;
  /** Other good statuses with the same answer, each with what it says. */
  also?: Readonly<Record<number, string>>;
  answer?: z.ZodType;
  /** Another media type than JSON, of which the answer is one event. */
  produces?: 'text/event-stream';
  problems?: readonly ProblemKind[];
  /** Honours `Idempotency-Key`. */
  idempotent?: boolean;
  /** Path parameters, each with what it is. */
  params?: Readonly<Record<string, string>>;
}

export const roles = (...list: Role[]): Extract<Access, { roles: unknown }> => ({ roles: list });

function problemResponses(kinds: readonly ProblemKind[]) {
  const byStatus = new Map<number, string[]>();
  for (const kind of kinds) {
    const [status, title] = PROBLEMS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${kind}: ${title}`]);
  }
  return [...byStatus].map(([status, titles]) =>
    ApiResponse({
      status,
      description: titles.join('; '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}

/** Whatever is asked: a path or body that cannot be read, an address or headers beyond what is read, too many requests, and what is ours. */
const ANYWHERE: readonly ProblemKind[] = [
  'malformed',
  'too_large',
  'media_type',
  'headers_too_large',
  'too_many_requests',
  'internal',
  'unavailable',
];

export function Endpoint(spec: EndpointSpec): MethodDecorator {
  const status = spec.status ?? 200;
  const keyed = spec.access !== 'public' && spec.access !== 'signed';
  const kinds = new Set<ProblemKind>([...(spec.problems ?? []), ...ANYWHERE]);
  if (keyed) kinds.add('unauthenticated').add('cross_site');
  if (typeof spec.access === 'object') kinds.add('forbidden');
  if (spec.idempotent) kinds.add('key_reused').add('in_progress');
  const answers = [[status, spec.summary] as const, ...Object.entries(spec.also ?? {})];
  return applyDecorators(
    Allow(spec.access),
    HttpCode(status),
    ApiOperation({ summary: spec.summary, ...(spec.description ? { description: spec.description } : {}) }),
    ...answers.map(([code, description]) =>
      ApiResponse({ status: Number(code), description, ...(spec.answer ? { standardSchema: spec.answer } : {}) }),
    ),
    ...(spec.produces ? [ApiProduces(spec.produces)] : []),
    ...problemResponses([...kinds]),
    ...(keyed ? [ApiCookieAuth()] : []),
    ...(typeof spec.access === 'object' ? [ApiBearerAuth(), ApiExtension('x-roles', spec.access.roles)] : []),
    ...(spec.idempotent ? [ApiHeader({ name: 'Idempotency-Key', required: false, schema: { type: 'string' } })] : []),
    ...Object.entries(spec.params ?? {}).map(([name, description]) =>
      ApiParam({ name, description, schema: { type: 'string' } }),
    ),
  );
}
