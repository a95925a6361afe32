/**
 * `Idempotency-Key` on POSTs that send, pay or launch: the effect and its answer commit together, a repeat gets the same answer, the same
 * key with another body is refused.
 */
import type { Response } from 'express';
import { keepResponse, lookUpKey, type StoredResponse } from '../../storage/idempotency.store.js';
import { inTransaction, type Client, type Pool } from '../../storage/pool.js';
import type { AuthenticatedRequest } from './access.js';
import { Problem } from './problem.js';

/** Run `work` once per key in one transaction and write its answer; without a key it simply runs. Errors: 409, 422 (draft-ietf-httpapi-idempotency-key-header). */
export async function once(
  pool: Pool,
  http: { request: AuthenticatedRequest; response: Response },
  work: (client: Client) => Promise<StoredResponse>,
): Promise<unknown> {
  const { request, response } = http;
  const key = request.header('idempotency-key');
  if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Problem('invalid', undefined, {
      errors: [{ parameter: 'Idempotency-Key', detail: 'is 1 to 200 printable ASCII characters' }],
    });
  }
  const answer = await inTransaction(pool, async (client) => {
    if (key === undefined) return await work(client);
    const idempotent = {
      scope: `${request.actor?.id} ${request.method} ${request.path}`,
      key,
      body: request.body as unknown,
    };
    const state = await lookUpKey(client, idempotent);
    switch (state.kind) {
      case 'in_progress':
        throw new Problem('in_progress', undefined, { headers: { 'Retry-After': '1' } });
      case 'other_body':
        throw new Problem('key_reused');
      case 'replay':
        return state.response;
      case 'fresh': {
        const fresh = await work(client);
        await keepResponse(client, idempotent, fresh);
        return fresh;
      }
      default:
        return state satisfies never;
    }
  });
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  return answer.body;
}
