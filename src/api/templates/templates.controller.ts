/**
 * Message templates: parsed before they are stored, so that a fault is told to its author and not to a customer.
 */
import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { channelSchema } from '../../domain/journey/definition.js';
import { parseTemplate } from '../../domain/offer/template.js';
import type { Actor } from '../../storage/keys.store.js';
import { TemplatesStore } from '../../storage/templates.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

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

const READERS = roles('marketer', 'approver', 'operator', 'admin');

@Controller('v1/templates')
export class TemplatesController {
  constructor(
    private readonly templates: TemplatesStore,
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
    const parsed = parseTemplate({ title: body.title ?? null, body: body.body });
    if (!parsed.ok) throw new Problem('unprocessable', undefined, { errors: parsed.faults });
    const { channel } = body;
    const template = { key, channel, title: body.title ?? null, body: body.body, variables: parsed.variables };
    return await this.templates.put(template, { by: actor.id, now: this.clock.now() });
  }
}
