/**
 * Idempotency keys. The key's row commits in the transaction of its effect, so a crash leaves either both or neither; while that
 * transaction runs its advisory lock says "in progress".
 */
import { createHash } from 'node:crypto';
import { lockRequest } from './advisory.js';
import type { Client } from './pool.js';

export interface IdempotentRequest {
  /** Actor and route. */
  scope: string;
  key: string;
  body: unknown;
}
export interface StoredResponse {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}
export type KeyState =
  { kind: 'fresh' } | { kind: 'in_progress' } | { kind: 'other_body' } | { kind: 'replay'; response: StoredResponse };

const bodyHash = (body: unknown) =>
  createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest();

/** What the key stands for already; `fresh` holds its lock until the transaction ends. */
export async function lookUpKey(client: Client, request: IdempotentRequest): Promise<KeyState> {
  if (!(await lockRequest(client, `${request.scope} ${request.key}`))) return { kind: 'in_progress' };
  const { rows } = await client.query<StoredResponse & { bodySha256: Buffer }>(
    `select status, response as body, headers, body_sha256 as "bodySha256" from idempotency_keys where scope = $1 and key = $2`,
    [request.scope, request.key],
  );
  const [row] = rows;
  if (!row) return { kind: 'fresh' };
  if (!row.bodySha256.equals(bodyHash(request.body))) return { kind: 'other_body' };
  return { kind: 'replay', response: { status: row.status, body: row.body, headers: row.headers } };
}

export async function keepResponse(
  client: Client,
  request: IdempotentRequest,
  response: StoredResponse,
): Promise<void> {
  await client.query(
    'insert into idempotency_keys (key, scope, body_sha256, status, response, headers) values ($1, $2, $3, $4, $5, $6)',
    [
      request.key,
      request.scope,
      bodyHash(request.body),
      response.status,
      JSON.stringify(response.body),
      JSON.stringify(response.headers),
    ],
  );
}
