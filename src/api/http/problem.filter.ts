/**
 * Every error leaves as a problem document. What is not known to be the caller's doing is a 500 (or 503 when the database says
 * "later") that tells nothing; the log has the cause without row values.
 */
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { loggable } from '../../logging.js';
import { isDisconnected, sqlState } from '../../storage/pool.js';
import { inWords } from '../words/words.js';
import { languageOf, saidIn } from '../words/words.interceptor.js';
import { Problem, type ProblemKind } from './problem.js';

const BY_STATUS: Record<number, ProblemKind> = {
  400: 'malformed',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'slow',
  409: 'conflict',
  413: 'too_large',
  415: 'media_type',
  422: 'unprocessable',
  429: 'too_many_requests',
  431: 'headers_too_large',
  503: 'unavailable',
};

/** SQLSTATE → problem, longest prefix first: cancelled, lock not had, shutting down, idle for too long, would deadlock, full, connection lost. */
const BY_SQLSTATE: readonly (readonly [string, ProblemKind])[] = [
  ['57014', 'unavailable'],
  ['55P03', 'unavailable'],
  ['57P', 'unavailable'],
  ['25P03', 'unavailable'],
  ['40', 'unavailable'],
  ['53', 'unavailable'],
  ['08', 'unavailable'],
];
/** No text, number or time that can be stored: what a schema lets through and Postgres does not know. */
const UNREADABLE = new Set(['22007', '22008', '22021']);
/** A disk that is full now: of files on their way in or out. */
const NO_ROOM = 'ENOSPC';
const CONNECTION_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  // body-parser and raw-body mark the caller's faults with `status` and `expose`
  if (error instanceof Error && 'expose' in error && error.expose === true && 'status' in error)
    return Number(error.status);
  return undefined;
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status !== undefined && status !== 500)
    return new Problem(BY_STATUS[status] ?? (status < 500 ? 'malformed' : 'internal'));
  const state = sqlState(error) ?? '';
  if (UNREADABLE.has(state)) return new Problem('invalid', 'A time or text is not one that can be stored.');
  const kind =
    isDisconnected(error) || CONNECTION_ERRORS.has(state) || state === NO_ROOM
      ? 'unavailable'
      : BY_SQLSTATE.find(([prefix]) => state.startsWith(prefix))?.[1];
  return kind ? new Problem(kind, undefined, { headers: { 'Retry-After': '1' } }) : new Problem('internal');
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('api');

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = toProblem(error);
    if (problem.getStatus() >= 500) this.logger.error({ cause: loggable(error) }, 'a request failed');
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(problem.getStatus());
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    const request = host.switchToHttp().getRequest<Request>();
    // the rest of a body that nobody reads on would keep its connection
    if (request.readableDidRead && !request.complete) response.setHeader('Connection', 'close');
    const language = languageOf(request);
    saidIn(response, language);
    response.type('application/problem+json').send(JSON.stringify(inWords(problem.getResponse(), language)));
  }
}
