/**
 * Exclusion lists: nobody on one gets a message of any campaign while the list and the entry are valid. Uploaded, or ruled by a segment.
 */
import { Body, Controller, Get, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { customerIdSchema, keySchema } from '../../domain/base/keys.js';
import { CannotReplace } from '../../storage/exclusion-upload.js';
import { ExclusionListsStore } from '../../storage/exclusion-lists.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { SegmentsStore } from '../../storage/segments.store.js';
import { bodyOf } from '../files/body.js';
import { readList } from '../files/list-file.js';
import { tableHeadSchema, TABLES, XLSX_TYPE } from '../files/table.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { fileKind } from '../http/text-file.js';
import { CLOCK, type Clock } from '../ports.js';
import { listOfCustomers } from '../segments/segments.dto.js';

const time = z.iso.datetime();
const validity = {
  validFrom: instantSchema.nullish().describe('null: from ever on'),
  validTo: instantSchema.nullish().describe('exclusive; null: for ever'),
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

const uploadQuerySchema = z
  .object({
    column: z.string().min(1).max(100).default('id').describe('the header of the ids'),
    mode: z
      .enum(['add', 'remove', 'replace'])
      .default('add')
      .describe(
        'replace: whoever is on the list and not in the file is taken off it; refused where a row has no id that can be one, or none has',
      ),
    validFrom: instantSchema.optional().describe('of everybody whom the file puts on the list; without: from ever on'),
    validTo: instantSchema.optional().describe('exclusive; without: for ever'),
    preview: z
      .enum(['true', 'false'])
      .default('false')
      .describe('true: says what would become of it, and keeps nothing'),
  })
  .refine(inOrder, ORDER);
const uploadedSchema = z
  .object({
    counts: z.object({
      rows: z.int().describe('below the header'),
      added: z.int().describe('put on the list, or given another validity'),
      removed: z.int().describe('taken off it'),
      unchanged: z.int().describe('customers who are, or are not, on it already as the file says'),
      duplicates: z.int().describe('rows that repeat an id'),
      rejected: z.int().describe('rows without an id that can be one'),
      unknown: z.int().describe('ids that are no customer yet: they count above, and are excluded when they come'),
    }),
    refused: z
      .array(z.object({ line: z.int(), reason: z.string() }))
      .describe('the first hundred rows that say nothing'),
    head: tableHeadSchema.nullable().describe('of a preview'),
  })
  .meta({ id: 'ExclusionsUploaded' });

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
    await this.findUploaded(key);
    const entries = body.entries.map(({ customer, excluded, validFrom, validTo }) => ({
      customer,
      excluded,
      validFrom: ms(validFrom),
      validTo: ms(validTo),
    }));
    await this.lists.addEntries(key, entries, { by: actor.id, now: this.clock.now() });
    return { recorded: entries.length };
  }

  /** One that has entries. */
  private async findUploaded(key: string): Promise<void> {
    const list = found(await this.lists.find(key), 'exclusion list');
    if (list.segment !== null) throw new Problem('conflict', `The list is ruled by the segment ${list.segment}.`);
  }

  @Post(':key/upload')
  @ApiConsumes('text/csv', XLSX_TYPE)
  @Endpoint({
    summary:
      'A list of customers is put on an uploaded exclusion list, taken off it, or becomes it; or a preview of that',
    description:
      'CSV (charset parameter utf-8, with or without BOM, or euc-kr), or the first visible sheet of an XLSX workbook; the first row is the header.',
    access: roles('operator', 'admin'),
    answer: uploadedSchema,
    problems: ['invalid', 'not_found', 'conflict', 'slow', 'media_type', 'too_large', 'unprocessable'],
  })
  async upload(
    @Param('key') key: string,
    @Query({ schema: uploadQuerySchema }) query: z.infer<typeof uploadQuerySchema>,
    @Req() request: Request,
    @CurrentActor() actor: Actor,
  ) {
    await this.findUploaded(key);
    const kind = fileKind(request, TABLES, `text/csv or ${XLSX_TYPE}`);
    const { head, rows } = readList(bodyOf(request, kind), kind, listOfCustomers(query.column));
    const preview = query.preview === 'true';
    const validity = { validFrom: ms(query.validFrom), validTo: ms(query.validTo) };
    const upload = { list: key, mode: query.mode, preview, ...validity };
    const uploaded = await this.lists
      .upload(upload, rows, { by: actor.id, now: this.clock.now() })
      .catch(irreplaceable);
    return { ...uploaded, head: preview ? { header: head.header, rows: head.rows } : null };
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

function irreplaceable(error: unknown): never {
  if (!(error instanceof CannotReplace)) throw error;
  const detail = 'replace needs an id that can be one in each row, and at least one row; a preview names the others';
  throw new Problem('unprocessable', 'The file cannot become the list; nothing was changed.', {
    errors: [{ parameter: 'mode', detail }],
  });
}
