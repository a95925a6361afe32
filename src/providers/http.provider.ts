/**
 * A payout provider behind HTTP (protocols.md). The request is the frozen bytes, sent as they are; an answer is turned into the
 * provider's word or into what is not known, never guessed. A value in it that nobody can keep holds up no other payout: its text is mended, and such a
 * time was not told.
 */
import { z } from 'zod';
import type { Destinations } from '../domain/base/destination.js';
import { instantOf } from '../domain/base/instant.js';
import type { Secrets } from '../domain/base/secrets.js';
import { storable } from '../domain/base/text.js';
import type { LookupReply, PayoutWord, SubmitReply } from '../domain/ledger/payout-replies.js';
import { reversalKey, type ReversalReply } from '../domain/ledger/reversals.js';
import { SignedHttp } from '../channels/signed-http.js';

const told = z.string().max(200).transform(storable);
const wordSchema = z.object({
  reference: told.nullish(),
  status: z.enum(['paid', 'accepted', 'rejected', 'reversed']),
  reason: told.nullish(),
  paidAt: z.unknown().optional(),
  code: told.nullish(),
});

const reversalSchema = z.object({
  status: z.enum(['reversed', 'rejected']),
  reason: told.nullish(),
  reference: told.nullish(),
});
const refusalSchema = z.object({ reason: told }).catch({ reason: 'rejected' });

function toWord(body: unknown): PayoutWord | null {
  const parsed = wordSchema.safeParse(body);
  if (!parsed.success) return null;
  const { status, reason = null, reference = null, paidAt, code = null } = parsed.data;
  return { status, reason, reference, code, paidAt: instantOf(paidAt) };
}

/** Of a payout as it leaves. */
export interface PayoutRequest {
  key: string;
  /** JSON, frozen at the first submission. */
  body: string;
  /** Attempt number: the `webhook-id` differs per attempt, the idempotency key never. */
  attempt: number;
}

/** Of a reversal as it leaves. */
export interface ReversalRequest {
  /** Of the payout. */
  key: string;
  /** Of its reversals, from 1. */
  n: number;
  reason: string;
  /** The `webhook-id` differs per attempt, the idempotency key never. */
  attempt: number;
}

export type SettlementReply =
  | { kind: 'file'; bytes: AsyncIterable<Uint8Array> }
  /** It has none of that day. */
  | { kind: 'absent' }
  | { kind: 'refused'; status: number }
  | { kind: 'unanswered' };

export class HttpProvider {
  private readonly http: SignedHttp;

  /** Errors: throws where the URL leads to where no call may go. */
  constructor(config: { url: string; secret: Secrets; timeoutMs: number }, destinations?: Destinations) {
    this.http = new SignedHttp(config, destinations);
  }

  async submit({ key, body, attempt }: PayoutRequest, signedAt: Date): Promise<SubmitReply> {
    const headers = { 'idempotency-key': key };
    const id = `payout-${key}-${attempt}`;
    const reply = await this.http.call({ method: 'POST', path: '/payouts', body, id, signedAt, headers });
    if (reply.kind !== 'answer') return reply;
    switch (reply.status) {
      case 200:
      case 201: {
        const word = toWord(reply.body);
        return word ? { kind: 'word', word } : { kind: 'unknown' };
      }
      case 409:
        return { kind: 'key_reused' };
      case 422: {
        const { reason } = refusalSchema.parse(reply.body);
        return { kind: 'word', word: { status: 'rejected', reason, reference: null, paidAt: null, code: null } };
      }
      default:
        return { kind: 'refused', status: reply.status };
    }
  }

  async lookup(key: string, signedAt: Date): Promise<LookupReply> {
    const path = `/payouts/${encodeURIComponent(key)}`;
    const reply = await this.http.call({ method: 'GET', path, body: '', id: `lookup-${key}`, signedAt });
    if (reply.kind !== 'answer') return reply;
    if (reply.status === 404) return { kind: 'absent' };
    const word = reply.status === 200 ? toWord(reply.body) : null;
    return word ? { kind: 'word', word } : { kind: 'unknown' };
  }

  /** Take a payment back. The body is the same at each attempt, for its reason never changes. */
  async reverse({ key, n, reason, attempt }: ReversalRequest, signedAt: Date): Promise<ReversalReply> {
    const own = reversalKey(key, n);
    const path = `/payouts/${encodeURIComponent(key)}/reversals`;
    const id = `reversal-${own}-${attempt}`;
    const headers = { 'idempotency-key': own };
    const body = JSON.stringify({ reason });
    const reply = await this.http.call({ method: 'POST', path, body, id, signedAt, headers });
    if (reply.kind !== 'answer') return reply;
    switch (reply.status) {
      case 200:
      case 201: {
        const { data } = reversalSchema.safeParse(reply.body);
        if (!data) return { kind: 'unknown' };
        const { status, reason: why = null, reference = null } = data;
        return { kind: 'word', word: { status, reason: why, reference } };
      }
      case 409:
        return { kind: 'key_reused' };
      case 422: {
        const { reason: why } = refusalSchema.parse(reply.body);
        return { kind: 'word', word: { status: 'rejected', reason: why, reference: null } };
      }
      default:
        return { kind: 'refused', status: reply.status };
    }
  }

  /** What its book says it paid on a day of its zone, as CSV. */
  async settlement(day: string, signedAt: Date): Promise<SettlementReply> {
    const call = { method: 'GET', path: `/settlements/${day}`, body: '', id: `settlement-${day}`, signedAt } as const;
    const reply = await this.http.download(call);
    if (reply.kind === 'unanswered') return reply;
    if (reply.status === 200) return { kind: 'file', bytes: reply.body };
    return reply.status === 404 ? { kind: 'absent' } : { kind: 'refused', status: reply.status };
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
