/**
 * Exclusion lists: nobody on one gets a message of any campaign while the list and the entry are valid. Uploaded, or ruled by a segment.
 */
import { Body, Controller, Get, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { customerIdSchema, keySchema } from '../../domain/base/keys.js';
import { ExclusionListsStore } from '../../storage/exclusion-lists.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { SegmentsStore } from '../../storage/segments.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const time = z.iso.datetime();
const instant = z.iso.datetime({ offset: true, error: 'is an RFC 3339 time with its offset' });
const validity = {
  validFrom: instant.nullish().describe('null: from ever on'),
  validTo: instant.nullish().describe('exclusive; null: for ever'),
};
type Said = { validFrom?: string | null | undefined; validTo?: string | null | undefined };
const inOrder = ({ validFrom, validTo }: Said) => !validFrom || !validTo || Date.parse(validFrom) < Date.parse(validTo);
const ORDER = { path: ['validTo'], message: 'is not after validFrom' };

const contentSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    segment: keySchema.nullish().describe('its newest version excludes; without, the uploaded entries do'),
    ...validity,
    active: z.boolean().default(true),
  })
  .refine(inOrder, ORDER)
  .meta({ id: 'ExclusionListContent' });
const listSchema = z
  .object({
    key: z.string(),
    version: z.int(),
    name: z.string(),
    segment: z.string().nullable(),
    validFrom: time.nullable(),
    validTo: time.nullable(),
    active: z.boolean(),
    createdBy: z.string(),
    createdAt: time,
  })
  .meta({ id: 'ExclusionList' });
const listPageSchema = pageOf(listSchema);

const entrySchema = z
  .strictObject({
    customer: customerIdSchema,
    excluded: z.boolean().default(true).describe('false takes the customer off the list'),
    ...validity,
  })
  .refine(inOrder, ORDER);
const entriesSchema = z
  .strictObject({ entries: z.array(entrySchema).min(1).max(5_000) })
  .meta({ id: 'ExclusionEntries' });
const recordedSchema = z.object({ recorded: z.int() }).meta({ id: 'ExclusionEntriesRecorded' });
const entryPageSchema = pageOf(
  z.object({ customer: z.string(), validFrom: time.nullable(), validTo: time.nullable(), actor: z.string(), at: time }),
);

const READERS = roles('marketer', 'approver', 'operator', 'admin');
const ms = (text: string | null | undefined) => (text ? Date.parse(text) : null);

@Controller('v1/exclusion-lists')
export class ExclusionListsController {
  constructor(
    private readonly lists: ExclusionListsStore,
    private readonly segments: SegmentsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Exclusion lists by key, newest versions',
    access: READERS,
    answer: listPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.lists.list(readCursor(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      (row) => row.key,
      (row) => row,
    );
  }

  @Get(':key')
  @Endpoint({
    summary: 'The newest version of an exclusion list',
    access: READERS,
    answer: listSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    return found(await this.lists.find(key), 'exclusion list');
  }

  @Put(':key')
  @Endpoint({
    summary: 'Define an exclusion list; a new version when it differs, in force for every later decision and hand-over',
    access: roles('operator', 'admin'),
    answer: listSchema,
    problems: ['invalid', 'conflict', 'unprocessable'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) body: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const { name, active } = body;
    const segment = body.segment ?? null;
    if (segment !== null) await this.checkSegment(segment);
    const content = { key, name, segment, active, validFrom: ms(body.validFrom), validTo: ms(body.validTo) };
    const list = await this.lists.put(content, { by: actor.id, now: this.clock.now() });
    if (list === 'otherKind') throw new Problem('conflict', 'An uploaded list stays uploaded, a ruled one ruled.');
    return list;
  }

  private async checkSegment(key: string): Promise<void> {
    const segment = await this.segments.newest(key);
    if (segment?.source === null) return;
    const detail = segment
      ? `is of the source ${segment.source}; lists are asked here, of a segment without one`
      : 'does not exist';
    throw new Problem('unprocessable', undefined, { errors: [{ pointer: '/segment', detail }] });
  }

  @Post(':key/entries')
  @Endpoint({
    summary: 'Put customers on an uploaded list or take them off; all or none',
    access: roles('operator', 'admin'),
    answer: recordedSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async addEntries(
    @Param('key') key: string,
    @Body({ schema: entriesSchema }) body: z.infer<typeof entriesSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const list = found(await this.lists.find(key), 'exclusion list');
    if (list.segment !== null) throw new Problem('conflict', `The list is ruled by the segment ${list.segment}.`);
    const entries = body.entries.map(({ customer, excluded, validFrom, validTo }) => ({
      customer,
      excluded,
      validFrom: ms(validFrom),
      validTo: ms(validTo),
    }));
    await this.lists.addEntries(key, entries, { by: actor.id, now: this.clock.now() });
    return { recorded: entries.length };
  }

  @Get(':key/entries')
  @Endpoint({
    summary: 'Who is on an uploaded list, by id',
    access: READERS,
    answer: entryPageSchema,
    problems: ['invalid', 'not_found'],
  })
  async listEntries(@Param('key') key: string, @Query({ schema: pageQuerySchema }) query: PageQuery) {
    found(await this.lists.find(key), 'exclusion list');
    const rows = await this.lists.entries(key, readCursor(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      (row) => row.customer,
      (row) => row,
    );
  }
}
