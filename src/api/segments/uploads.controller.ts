/**
 * Uploaded lists as segments: previewed, kept as the next version, and the rows that selected nobody given back as a file.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiProduces } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import type { Actor } from '../../storage/keys.store.js';
import { SegmentUploads } from '../../storage/segment-uploads.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { listedRows } from '../http/list-file.js';
import { found } from '../http/problem.js';
import { refusedCsv } from '../http/refused-csv.js';
import { fileKind } from '../http/text-file.js';
import { CLOCK, type Clock } from '../ports.js';
import { listOfCustomers, segmentSchema } from './segments.dto.js';

const querySchema = z.object({
  name: z.string().min(1).max(200),
  column: z.string().min(1).max(100).default('id').describe('the header of the ids'),
  preview: z.enum(['true', 'false']).default('false').describe('true: says what would become of it, and keeps nothing'),
});
const uploadedSchema = z
  .object({
    counts: z.object({
      rows: z.int().describe('below the header'),
      matched: z.int().describe('customers selected'),
      duplicates: z.int().describe('rows that repeat an id'),
      unmatched: z.int().describe('ids that are no customer'),
      rejected: z.int().describe('rows without an id that can be one'),
    }),
    refused: z
      .array(z.object({ line: z.int(), reason: z.string() }))
      .describe('the first hundred rows that selected nobody'),
    segment: segmentSchema.nullable().describe('null for a preview'),
  })
  .meta({ id: 'SegmentUploaded' });

@Controller('v1/segments')
export class UploadsController {
  constructor(
    private readonly uploads: SegmentUploads,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post(':key/upload')
  @ApiConsumes('text/csv')
  @Endpoint({
    summary: 'A list of customers becomes the next version of a segment; or a preview of that',
    description: 'CSV with a header row; charset parameter utf-8 (with or without BOM) or euc-kr.',
    access: roles('marketer', 'admin'),
    answer: uploadedSchema,
    problems: ['invalid', 'media_type', 'too_large', 'unprocessable'],
  })
  async upload(
    @Param('key', { schema: keySchema }) key: string,
    @Query({ schema: querySchema }) query: z.infer<typeof querySchema>,
    @Req() request: Request,
    @CurrentActor() actor: Actor,
  ) {
    const { charset } = fileKind(request, { 'text/csv': 'csv' }, 'text/csv');
    const rows = listedRows(request, charset, listOfCustomers(query.column));
    const upload = { key, name: query.name, preview: query.preview === 'true' };
    return await this.uploads.upload(upload, rows, { by: actor.id, now: this.clock.now() });
  }

  @Get(':key/uploads/:version/refused')
  @ApiProduces('text/csv')
  @Endpoint({
    summary: 'The rows of an upload that selected nobody, each with its reason, as CSV',
    access: roles('marketer', 'operator', 'admin'),
    problems: ['invalid', 'not_found'],
  })
  async refused(
    @Param('key', { schema: keySchema }) key: string,
    @Param('version', { schema: z.coerce.number().int().min(1).max(1_000_000_000) }) version: number,
    @Res() response: Response,
  ) {
    const id = `${key}@${version}`;
    found(await this.uploads.find(id), 'upload');
    response.setHeader('content-type', 'text/csv; charset=utf-8');
    await pipeline(Readable.from(refusedCsv(this.uploads.refused(id))), response);
  }
}
