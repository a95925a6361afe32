/**
 * Segments: rules over customers, checked against the field catalogue before they are stored, and counted on request.
 */
import { Body, Controller, Get, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { compileWhere } from '../../domain/segment/compile.js';
import { ruleSchema, type RuleGroup } from '../../domain/segment/rule.js';
import type { Actor } from '../../storage/keys.store.js';
import { SegmentsStore } from '../../storage/segments.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const COUNT_TIMEOUT_MS = 20_000;

const contentSchema = z
  .strictObject({ name: z.string().min(1).max(200), rule: ruleSchema })
  .meta({ id: 'SegmentContent' });
const inlineSchema = z.strictObject({ rule: ruleSchema }).meta({ id: 'InlineSegment' });
const segmentSchema = z
  .object({
    key: z.string(),
    version: z.int(),
    name: z.string(),
    rule: ruleSchema,
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Segment' });
const segmentPageSchema = pageOf(segmentSchema);
const countSchema = z.object({ count: z.int(), asOf: z.iso.datetime() }).meta({ id: 'SegmentCount' });

const READERS = roles('marketer', 'approver', 'operator', 'admin');

@Controller('v1/segments')
export class SegmentsController {
  constructor(
    private readonly segments: SegmentsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Segments by key, newest versions',
    access: READERS,
    answer: segmentPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.segments.list(readCursor(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      (row) => row.key,
      (row) => row,
    );
  }

  @Get(':key')
  @Endpoint({
    summary: 'The newest version of a segment',
    access: READERS,
    answer: segmentSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    return found(await this.segments.newest(key), 'segment');
  }

  @Put(':key')
  @Endpoint({
    summary: 'Define a segment; a new version when it differs',
    access: roles('marketer', 'admin'),
    answer: segmentSchema,
    problems: ['invalid', 'unprocessable'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) body: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const now = this.clock.now();
    this.compile(body.rule);
    return await this.segments.put({ key, ...body }, { by: actor.id, now });
  }

  @Post('count')
  @Endpoint({
    summary: 'How many customers a rule selects, without storing it',
    access: READERS,
    answer: countSchema,
    problems: ['invalid', 'unprocessable'],
  })
  async countInline(@Body({ schema: inlineSchema }) body: z.infer<typeof inlineSchema>) {
    return await this.count(body.rule);
  }

  @Post(':key/count')
  @Endpoint({
    summary: 'How many customers a segment selects now',
    access: READERS,
    answer: countSchema,
    problems: ['not_found', 'unprocessable'],
  })
  async countStored(@Param('key', { schema: keySchema }) key: string) {
    return await this.count(found(await this.segments.newest(key), 'segment').rule);
  }

  private async count(rule: RuleGroup) {
    const now = this.clock.now();
    const count = await this.segments.count(this.compile(rule), COUNT_TIMEOUT_MS);
    if (count === null)
      throw new Problem(
        'unavailable',
        `Counting took longer than ${COUNT_TIMEOUT_MS / 1_000} seconds; nothing is wrong with the rule.`,
      );
    return { count, asOf: new Date(now).toISOString() };
  }

  /** Problem `unprocessable` naming each rule that the catalogue refuses. */
  private compile(rule: RuleGroup) {
    const { faults, sql, values } = compileWhere(rule, { firstParam: 1 });
    if (faults.length === 0) return { text: sql, values };
    throw new Problem('unprocessable', undefined, {
      errors: faults.map(({ pointer, detail }) => ({ pointer: `/rule${pointer}`, detail })),
    });
  }
}
