/**
 * Uploaded lists as segments: previewed, kept as the next version, and the rows that selected nobody given back as a file.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Headers, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiHeader, ApiProduces } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import type { Actor } from '../../storage/keys.store.js';
import { OtherSource, StaleSegment } from '../../storage/segment-upload.js';
import { SegmentUploads } from '../../storage/segment-uploads.store.js';
import { bodyOf } from '../files/body.js';
import { readList } from '../files/list-file.js';
import { TABLES, XLSX_TYPE } from '../files/table.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { readPrecondition, IF_MATCH, IF_NONE_MATCH } from '../http/etag.js';
import { found, Problem } from '../http/problem.js';
import { refusedCsv } from '../http/refused-csv.js';
import { fileKind } from '../http/text-file.js';
import { CLOCK, type Clock } from '../ports.js';
import { listOfCustomers, uploadedSchema } from './segments.dto.js';

const querySchema = z.object({
  name: z.string().min(1).max(200),
  column: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('the header of the ids, id by default; of a preview without it the first column where none is called so'),
  preview: z.enum(['true', 'false']).default('false').describe('true: says what would become of it, and keeps nothing'),
});

@Controller('v1/segments')
export class UploadsController {
  constructor(
    private readonly uploads: SegmentUploads,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post(':key/upload')
  @ApiConsumes('text/csv', XLSX_TYPE)
  @ApiHeader(IF_NONE_MATCH)
  @ApiHeader(IF_MATCH)
  @Endpoint({
    summary: 'A list of customers becomes the next version of a segment; or a preview of that',
    description:
      'CSV (charset parameter utf-8, with or without BOM, or euc-kr), or the first visible sheet of an XLSX workbook; the first row is the header.',
    access: roles('marketer', 'admin'),
    answer: uploadedSchema,
    problems: ['invalid', 'conflict', 'slow', 'media_type', 'stale', 'too_large', 'unprocessable'],
  })
  async upload(
    @Param('key', { schema: keySchema }) key: string,
    @Query({ schema: querySchema }) query: z.infer<typeof querySchema>,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Req() request: Request,
    @CurrentActor() actor: Actor,
  ) {
    const kind = fileKind(request, TABLES, `text/csv or ${XLSX_TYPE}`);
    const seen = readPrecondition({ ifMatch, ifNoneMatch });
    const upload = { key, name: query.name, preview: query.preview === 'true', seen };
    const column = query.column ?? 'id';
    const orFirst = upload.preview && query.column === undefined;
    const { head, rows } = readList(bodyOf(request, kind), kind, { ...listOfCustomers(column), orFirst });
    const uploaded = await this.uploads.upload(upload, rows, { by: actor.id, now: this.clock.now() }).catch(refused);
    if (!upload.preview) return { ...uploaded, head: null, column };
    const isThere = head.header.some((name) => name.trim() === column);
    return {
      ...uploaded,
      head: { header: head.header, rows: head.rows },
      column: isThere ? column : (head.header[0]?.trim() ?? ''),
    };
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

function refused(error: unknown): never {
  if (error instanceof StaleSegment) throw new Problem('stale');
  if (!(error instanceof OtherSource)) throw error;
  throw new Problem('conflict', 'The segment is asked of another source: an upload needs a key of its own.');
}
