/**
 * What providers and gateways tell us, signed by Standard Webhooks: 401 for a wrong signature or time, 200 and no change for a repeat.
 */
import { Controller, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import type { Config } from '../../config.js';
import type { Secrets } from '../../domain/base/secrets.js';
import type { Client } from '../../storage/pool.js';
import { recordReceipts } from '../../storage/receipts.store.js';
import { WebhooksStore } from '../../storage/webhooks.store.js';
import { Endpoint } from '../http/endpoint.js';
import { isTooDeep, tooDeep } from '../http/limits.js';
import { Metrics } from '../http/metrics.js';
import { jsonSchemaOf } from '../http/openapi.js';
import { found, Problem } from '../http/problem.js';
import { parseBody } from '../http/validation.pipe.js';
import { CLOCK, CONFIG, NUDGER, PAYOUT_BOOK, type Clock, type Nudger, type PayoutBook } from '../ports.js';
import { fittingSecret, readSignature } from './signature.js';

const protocolId = z.string().regex(/^[A-Za-z0-9_.:/-]{1,128}$/, 'is 1 to 128 of A-Z a-z 0-9 _ . : / -');

export const callbackSchema = z
  .object({
    key: protocolId,
    reference: z.string().max(200).nullish(),
    status: z.enum(['paid', 'rejected', 'reversed']),
    reason: z.string().max(500).nullish(),
    paidAt: instantSchema.nullish(),
    code: z.string().max(200).nullish(),
  })
  .meta({ id: 'ProviderCallback' });
export const receiptsSchema = z
  .object({
    receipts: z
      .array(
        z.object({
          id: protocolId,
          event: z.enum(['delivered', 'opened', 'clicked', 'bounced', 'opted_out']),
          at: instantSchema,
        }),
      )
      .max(10_000),
  })
  .meta({ id: 'Receipts' });
const acceptedSchema = z.object({ ok: z.literal(true), repeated: z.boolean() }).meta({ id: 'CallbackAccepted' });

/** Signed bodies are parsed by hand, after their signature: the document is told of them here. */
const jsonBody = (schema: z.ZodType) => ApiBody({ schema: jsonSchemaOf(schema) });

@Controller('v1')
export class CallbacksController {
  constructor(
    private readonly webhooks: WebhooksStore,
    @Inject(NUDGER) private readonly nudger: Nudger,
    @Inject(PAYOUT_BOOK) private readonly payoutBook: PayoutBook,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: Metrics,
  ) {}

  @Post('provider-callbacks/:provider')
  @jsonBody(callbackSchema)
  @Endpoint({
    summary: 'A payout provider tells what became of a payout (Standard Webhooks)',
    access: 'signed',
    answer: acceptedSchema,
    problems: ['signature', 'invalid', 'malformed', 'not_found'],
  })
  async callback(@Param('provider') provider: string, @Req() request: Request) {
    const { secret } = found(
      this.config.providers.filter((p) => p.kind === 'http').find((p) => p.name === provider),
      'provider',
    );
    let moved: { provider: string; shard: number } | null = null;
    const answer = await this.accept(
      request,
      { system: `provider/${provider}`, secret, schema: callbackSchema },
      async (client, body, now) => {
        const { key, reference = null, status, reason = null, paidAt, code = null } = body;
        const callback = { provider, key, reference, status, reason, paidAt: paidAt ? new Date(paidAt) : null, code };
        moved = await this.payoutBook.recordCallback(client, callback, now);
      },
    );
    this.nudge(moved);
    return answer;
  }

  /** A hint after the commit: the payout may have something to tell its wait. */
  private nudge(queue: { provider: string; shard: number } | null): void {
    if (queue) this.nudger.nudgePayout(queue.provider, queue.shard);
  }

  @Post('receipts/:gateway')
  @jsonBody(receiptsSchema)
  @Endpoint({
    summary:
      'A gateway tells what became of messages; opted_out withdraws the consent of the channel at once (Standard Webhooks)',
    access: 'signed',
    answer: acceptedSchema,
    problems: ['signature', 'invalid', 'malformed', 'not_found'],
  })
  async receipts(@Param('gateway') gateway: string, @Req() request: Request) {
    const { secret } = found(
      this.config.gateways.filter((g) => g.type === 'http').find((g) => g.name === gateway),
      'gateway',
    );
    return await this.accept(
      request,
      { system: `gateway/${gateway}`, secret, schema: receiptsSchema },
      async (client, body, now) => {
        const receipts = body.receipts.map((receipt) => ({ ...receipt, at: Date.parse(receipt.at) }));
        await recordReceipts(client, gateway, receipts, now);
      },
    );
  }

  /** Verify, parse, then apply once. What the signature does not cover is not even parsed. */
  private async accept<T extends z.ZodType>(
    request: Request,
    from: { system: string; secret: Secrets; schema: T },
    effect: (client: Client, body: z.infer<T>, now: number) => Promise<void>,
  ) {
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const signature = readSignature(request.headers);
    const secret = signature && fittingSecret(from.secret, signature, raw);
    if (!signature || secret === null) throw new Problem('signature');
    const body = parseBody(from.schema, parseJson(raw));
    const now = this.clock.now();
    const delivery = { system: from.system, webhookId: signature.id, timestamp: signature.timestamp };
    const outcome = await this.webhooks.accept(delivery, async (client) => await effect(client, body, now));
    if (outcome === 'outside_tolerance') throw new Problem('signature', 'The timestamp is more than five minutes off.');
    this.metrics.signed.inc({ system: from.system, secret });
    return { ok: true, repeated: outcome === 'repeated' };
  }
}

function parseJson(raw: Buffer): unknown {
  const body = read(raw);
  if (isTooDeep(body)) throw tooDeep();
  return body;
}

function read(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8')) as unknown;
  } catch {
    throw new Problem('malformed', 'The body is not JSON.');
  }
}
