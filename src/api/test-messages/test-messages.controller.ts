/**
 * Tests of a text that is written: rendered as the send renders it, with sample values, and handed to a gateway in one attempt for people of the
 * installation alone. Nobody's contact is counted, and nothing is ever sent again.
 */
import { Body, Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { Config } from '../../config.js';
import { channelSchema, purposeSchema } from '../../domain/base/channels.js';
import { keySchema } from '../../domain/base/keys.js';
import { RECIPIENTS_OF_A_TEST_MAX, TESTS_OF_A_DAY_MAX } from '../../domain/offer/test-message.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { openTests, TestMessagesStore } from '../../storage/test-messages.store.js';
import { testRecipients } from '../../storage/test-recipients.store.js';
import { attributesSchema } from '../customers/customers.dto.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, TEST_GATEWAYS, type Clock, type TestGateways } from '../ports.js';
import { contentSchema, standInSchema, toReward } from '../templates/templates.dto.js';
import { renderTest, resultOf, toOutgoing, type Outgoing } from './test-text.js';

const testSchema = z
  .strictObject({
    content: contentSchema,
    template: keySchema.optional().describe('the template that the text is of, where it is kept as one'),
    gateway: z.string().min(1).max(40),
    people: z
      .array(z.string().min(1).max(40))
      .min(1)
      .max(RECIPIENTS_OF_A_TEST_MAX)
      .describe('ids of people who may be sent tests'),
    attributes: attributesSchema.default({}).describe('sample values of customer.<attribute>; no customer is read'),
    ...standInSchema,
  })
  .meta({ id: 'TestOfMessage' });
const messageSchema = z
  .object({
    id: z.string(),
    person: z.string(),
    name: z.string(),
    template: z.string().nullable(),
    channel: channelSchema,
    purpose: purposeSchema,
    gateway: z.string(),
    state: z
      .enum(['submitting', 'accepted', 'rejected', 'not_acted', 'unknown'])
      .describe('one that stays submitting or unknown may have gone out; it is never sent again'),
    reason: z.string().nullable(),
    sentBy: z.string(),
    sentAt: z.iso.datetime(),
  })
  .meta({ id: 'TestMessage' });
const messagesSchema = z.object({ messages: z.array(messageSchema) }).meta({ id: 'TestMessages' });
const askedSchema = z.object({
  template: keySchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

@Controller('v1/test-messages')
export class TestMessagesController {
  constructor(
    private readonly tests: TestMessagesStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TEST_GATEWAYS) private readonly gateways: TestGateways,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Tests of messages, the newest first',
    access: roles('marketer', 'admin'),
    answer: messagesSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: askedSchema }) { template, limit }: z.infer<typeof askedSchema>) {
    return { messages: await this.tests.newest(template ?? null, limit) };
  }

  @Post()
  @Endpoint({
    summary: 'Send a test of a text to people of the installation',
    description: `Up to ${RECIPIENTS_OF_A_TEST_MAX} people, ${TESTS_OF_A_DAY_MAX} messages a sender within 24 hours. Advertising bears its marks; what holds the gateway or channel holds tests. Each is in the audit log.`,
    access: roles('marketer', 'admin'),
    answer: messagesSchema,
    problems: ['invalid', 'unprocessable', 'conflict', 'too_many_requests'],
    idempotent: true,
  })
  async send(
    @Body({ schema: testSchema }) body: z.infer<typeof testSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { channel } = body.content;
    const own = this.config.gateways.find(({ name }) => name === body.gateway);
    if (!own || !(own.channels as string[]).includes(channel)) {
      const detail = `is no gateway that carries ${channel}`;
      throw new Problem('invalid', undefined, { errors: [{ pointer: '/gateway', detail }] });
    }
    const text = renderTest(
      { ...body.content, title: body.content.title ?? null },
      { purpose: body.purpose, pack: this.config.policyPack },
      { attributes: body.attributes, reward: toReward(body.reward) },
    );
    let fresh: Outgoing[] = [];
    const answer = (await once(this.pool, { request, response }, async (client) => {
      const now = this.clock.now();
      const people = [...new Set(body.people)];
      const known = await testRecipients(client, people);
      const to = toOutgoing(channel, people, known);
      const test = {
        template: body.template ?? null,
        channel,
        purpose: body.purpose,
        gateway: own.name,
        body: text.body,
      };
      const opened = await openTests(client, test, people, { by: actor.id, now });
      if (opened.kind === 'switched') throw new Problem('conflict', `${opened.scope} is paused or stopped.`);
      if (opened.kind === 'too_many') {
        throw new Problem('too_many_requests', `${opened.left} more may be sent within these 24 hours.`);
      }
      const terms = { text, template: body.template ?? '', advertising: body.purpose === 'advertising', now };
      fresh = [...opened.ids].map(([person, id]) => ({
        id,
        ...terms,
        channel,
        to: to(person),
        signedAt: opened.signedAt,
      }));
      return { status: 200, body: { ids: [...opened.ids.values()] }, headers: {} };
    })) as { ids: string[] };
    // committed: a repeat of the same request finds the rows and hands nothing over
    await Promise.all(
      fresh.map(async (one) => {
        const outcome = await this.gateways.send(own.name, one);
        await this.tests.record(one.id, resultOf(outcome, one.id));
      }),
    );
    return { messages: await this.tests.find(answer.ids) };
  }
}
