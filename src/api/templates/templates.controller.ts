/**
 * Message templates: parsed before they are stored, so that a fault is told to its author and not to a customer.
 */
import { Body, Controller, Get, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Config } from '../../config.js';
import { channelSchema, purposeSchema } from '../../domain/base/channels.js';
import { customerIdSchema, keySchema } from '../../domain/base/keys.js';
import { moneySchema, toMoney } from '../../domain/base/money.js';
import { marksOf } from '../../domain/eligibility/policy-pack.js';
import { judgeTemplate, prepareTemplate } from '../../domain/offer/template.js';
import { textSize } from '../../domain/offer/text-size.js';
import { CustomersStore } from '../../storage/customers.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { TemplatesStore } from '../../storage/templates.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';

const content = {
  channel: channelSchema,
  title: z.string().min(1).max(200).nullish(),
  body: z.string().min(1).max(10_000),
};
const contentSchema = z.strictObject(content).meta({ id: 'TemplateContent' });
const templateSchema = z
  .object({
    key: z.string(),
    version: z.int(),
    channel: channelSchema,
    title: z.string().nullable(),
    body: z.string(),
    variables: z.array(z.string()),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Template' });
const templatePageSchema = pageOf(templateSchema);

const previewOfSchema = z
  .strictObject({
    customer: customerIdSchema,
    purpose: purposeSchema.default('information'),
    reward: z
      .strictObject({
        amount: moneySchema,
        code: z.string().max(200).optional(),
        paidAt: z.iso.datetime({ offset: true }).optional(),
      })
      .optional(),
  })
  .meta({ id: 'TemplatePreviewOf' });
const previewSchema = z
  .object({
    key: z.string(),
    version: z.int(),
    channel: channelSchema,
    variables: z.array(z.string()),
    customer: z.string(),
    ok: z.boolean().describe('false: this customer would not get it'),
    reason: z.string().nullable().describe('undefined_variable, too_long, empty or failed'),
    title: z.string().nullable(),
    body: z.string().nullable(),
    size: z
      .object({
        characters: z.int(),
        bytes: z.int().nullable(),
        bytesMax: z.int().nullable(),
        unknown: z.array(z.string()),
      })
      .nullable(),
  })
  .meta({ id: 'TemplatePreview' });

const READERS = roles('marketer', 'approver', 'operator', 'admin');

@Controller('v1/templates')
export class TemplatesController {
  constructor(
    private readonly templates: TemplatesStore,
    private readonly customers: CustomersStore,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Templates by key, newest versions',
    access: READERS,
    answer: templatePageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.templates.list(readCursor(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      (row) => row.key,
      (row) => row,
    );
  }

  @Get(':key')
  @Endpoint({
    summary: 'The newest version of a template',
    access: READERS,
    answer: templateSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    return found(await this.templates.newest(key), 'template');
  }

  @Put(':key')
  @Endpoint({
    summary: 'Write a template; a new version when it differs',
    access: roles('marketer', 'admin'),
    answer: templateSchema,
    problems: ['invalid', 'unprocessable'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) body: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const content = { channel: body.channel, title: body.title ?? null, body: body.body };
    const judged = judgeTemplate(content);
    if (!judged.ok) throw new Problem('unprocessable', undefined, { errors: judged.faults });
    const template = { key, ...content, variables: judged.variables };
    return await this.templates.put(template, { by: actor.id, now: this.clock.now() });
  }

  @Post(':key/preview')
  @Endpoint({
    summary: 'The newest version as one customer would get it; nothing is sent',
    description:
      'By the renderer of the send itself, with the marks of advertising. `reward` stands in for what a payout would tell.',
    access: roles('marketer', 'operator', 'admin'),
    answer: previewSchema,
    problems: ['invalid', 'not_found'],
  })
  async preview(@Param('key') key: string, @Body({ schema: previewOfSchema }) body: z.infer<typeof previewOfSchema>) {
    const template = found(await this.templates.newest(key), 'template');
    const customer = found(await this.customers.find(body.customer), 'customer');
    const pack = this.config.policyPack;
    const render = prepareTemplate(template, body.purpose, pack ? marksOf(pack) : null);
    const reward = body.reward && {
      amount: toMoney(body.reward.amount),
      code: body.reward.code ?? null,
      paidAt: body.reward.paidAt ? Date.parse(body.reward.paidAt) : null,
    };
    const rendered = render({ id: customer.id, zone: customer.zone, attributes: customer.attributes, reward });
    const { version, channel, variables } = template;
    const known = { key, version, channel, variables, customer: customer.id };
    if (!rendered.ok) return { ...known, ok: false, reason: rendered.reason, title: null, body: null, size: null };
    const { title, body: text } = rendered;
    return { ...known, ok: true, reason: null, title, body: text, size: textSize(channel, { title, body: text }) };
  }
}
