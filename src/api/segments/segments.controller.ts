/**
 * Segments: rules over customers, checked against the field catalogue before they are stored, counted and sampled on request.
 */
import { Body, Controller, Get, Headers, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import type { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import type { Actor } from '../../storage/keys.store.js';
import { SegmentsStore } from '../../storage/segments.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { etagOf, readPrecondition, IF_MATCH, IF_NONE_MATCH } from '../http/etag.js';
import {
  pageQuerySchema,
  readCursor,
  readNumberCursor,
  searchQuerySchema,
  toPage,
  type PageQuery,
  type SearchQuery,
} from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';
import { faulty, SegmentQuestions } from './segment-questions.js';
import {
  contentSchema,
  countSchema,
  inlineSampleSchema,
  inlineSchema,
  sampleSchema,
  sampleSizeSchema,
  segmentPageSchema,
  segmentRecordSchema,
  segmentSchema,
  segmentVersionPageSchema,
} from './segments.dto.js';

const READERS = roles('marketer', 'approver', 'operator', 'admin');
const SAMPLERS = roles('marketer', 'operator', 'admin');

@Controller('v1/segments')
export class SegmentsController {
  constructor(
    private readonly segments: SegmentsStore,
    private readonly questions: SegmentQuestions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Segments by key, newest versions',
    access: READERS,
    answer: segmentPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: searchQuerySchema }) query: SearchQuery) {
    const rows = await this.segments.list(readCursor(query.cursor), query.limit, query.q);
    return toPage(
      rows,
      query.limit,
      (row) => row.key,
      (row) => row,
    );
  }

  @Get(':key')
  @Endpoint({
    summary: 'The newest version of a segment; ETag is its number',
    access: READERS,
    answer: segmentRecordSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string, @Res({ passthrough: true }) response: Response) {
    const segment = found(await this.segments.find(key), 'segment');
    response.setHeader('ETag', etagOf(segment.version));
    return segment;
  }

  @Get(':key/versions')
  @Endpoint({
    summary: 'All versions of a segment, the newest first',
    access: READERS,
    answer: segmentVersionPageSchema,
    problems: ['invalid', 'not_found'],
  })
  async versions(
    @Param('key', { schema: keySchema }) key: string,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
  ) {
    const before = readNumberCursor(query.cursor, 1_000_000_000);
    const rows = await this.segments.versions(key, before, query.limit);
    if (before === null) found(rows[0], 'segment');
    return toPage(
      rows,
      query.limit,
      ({ version }) => String(version),
      (row) => row,
    );
  }

  @Put(':key')
  @ApiHeader(IF_NONE_MATCH)
  @ApiHeader(IF_MATCH)
  @Endpoint({
    summary: 'Define a segment; a new version when it differs',
    access: roles('marketer', 'admin'),
    answer: segmentSchema,
    problems: ['invalid', 'stale', 'unprocessable'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) body: z.infer<typeof contentSchema>,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    const seen = readPrecondition({ ifMatch, ifNoneMatch });
    await this.questions.check(body);
    const stored = await this.segments.put({ key, ...body }, { by: actor.id, now: this.clock.now() }, seen);
    if (stored.kind === 'faulty') throw faulty(stored.faults);
    if (stored.kind === 'otherSource') throw otherSource();
    if (stored.kind === 'stale') throw new Problem('stale');
    response.setHeader('ETag', etagOf(stored.segment.version));
    return stored.segment;
  }

  @Post('count')
  @Endpoint({
    summary: 'How many customers a rule selects, without storing it',
    access: READERS,
    answer: countSchema,
    problems: ['invalid', 'unprocessable'],
  })
  async countInline(@Body({ schema: inlineSchema }) body: z.infer<typeof inlineSchema>) {
    await this.questions.check(body);
    return await this.questions.count(body);
  }

  @Post(':key/count')
  @Endpoint({
    summary: 'How many customers a segment selects now',
    access: READERS,
    answer: countSchema,
    problems: ['not_found', 'unprocessable'],
  })
  async countStored(@Param('key', { schema: keySchema }) key: string) {
    return await this.questions.count(found(await this.segments.newest(key), 'segment'));
  }

  @Post('sample')
  @Endpoint({
    summary: 'Some of the customers that a rule selects, without storing it',
    access: SAMPLERS,
    answer: sampleSchema,
    problems: ['invalid', 'unprocessable'],
  })
  async sampleInline(@Body({ schema: inlineSampleSchema }) body: z.infer<typeof inlineSampleSchema>) {
    await this.questions.check(body);
    return await this.questions.sample(body, body.size);
  }

  @Post(':key/sample')
  @Endpoint({
    summary: 'Some of the customers that a segment selects now',
    access: SAMPLERS,
    answer: sampleSchema,
    problems: ['invalid', 'not_found', 'unprocessable'],
  })
  async sampleStored(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: sampleSizeSchema }) body: z.infer<typeof sampleSizeSchema>,
  ) {
    return await this.questions.sample(found(await this.segments.newest(key), 'segment'), body.size);
  }
}

const otherSource = (): Problem =>
  new Problem('unprocessable', undefined, {
    errors: [{ pointer: '/source', detail: 'is another than that of its versions before: take a new key' }],
  });
