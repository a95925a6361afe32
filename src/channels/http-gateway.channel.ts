/**
 * A message gateway behind HTTP (protocols.md): batches out, results per message in; an id without a result is ambiguous.
 */
import { z } from 'zod';
import type { HttpGatewayConfig } from '../config.js';
import type { Destinations } from '../domain/base/destination.js';
import type { Gateway, LookupOutcome, MessageResult, OutgoingMessage, SubmitOutcome } from './gateway.js';
import { SignedHttp } from './signed-http.js';

const oneResult = z.object({
  id: z.string(),
  status: z.enum(['accepted', 'rejected']),
  reason: z.string().max(200).nullish(),
  reference: z.string().max(200).nullish(),
});
const answer = z.object({ results: z.array(oneResult) });

const toResult = (r: z.infer<typeof oneResult>): MessageResult => ({
  status: r.status,
  reason: r.reason ?? null,
  reference: r.reference ?? null,
});

export class HttpGateway implements Gateway {
  private readonly http: SignedHttp;

  /** Errors: throws where the URL leads to where no call may go. */
  constructor(config: HttpGatewayConfig, destinations?: Destinations) {
    this.http = new SignedHttp(config, destinations);
  }

  async submit(batch: OutgoingMessage[], attemptId: number | string, signedAt: Date): Promise<SubmitOutcome> {
    const messages = batch.map(({ title, ...message }) => (title === null ? message : { ...message, title }));
    const body = JSON.stringify({ messages });
    const reply = await this.http.call({
      method: 'POST',
      path: '/messages',
      body,
      id: `attempt-${attemptId}`,
      signedAt,
    });
    if (reply.kind !== 'answer') return reply;
    if (reply.status !== 200) return { kind: 'refused', status: reply.status };
    const parsed = answer.safeParse(reply.body);
    if (!parsed.success) return { kind: 'unknown' };
    return { kind: 'answered', results: new Map(parsed.data.results.map((r) => [r.id, toResult(r)])) };
  }

  async lookup(id: string, signedAt: Date): Promise<LookupOutcome> {
    const path = `/messages/${encodeURIComponent(id)}`;
    const reply = await this.http.call({ method: 'GET', path, body: '', id: `lookup-${id}`, signedAt });
    if (reply.kind !== 'answer') return reply;
    if (reply.status === 404) return { kind: 'absent' };
    const parsed = oneResult.safeParse(reply.body);
    return reply.status === 200 && parsed.success
      ? { kind: 'found', result: toResult(parsed.data) }
      : { kind: 'unknown' };
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
