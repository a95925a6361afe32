/**
 * Pools of coupons: made, filled from files, watched. A code goes in here and comes out to its customer only.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Body, Controller, Get, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiProduces } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { CouponPoolsStore } from '../../storage/coupon-pools.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { bodyOf } from '../files/body.js';
import { readList } from '../files/list-file.js';
import { TABLES, XLSX_TYPE } from '../files/table.js';
import { pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found } from '../http/problem.js';
import { refusedCsv } from '../http/refused-csv.js';
import { fileKind } from '../http/text-file.js';
import { CLOCK, type Clock } from '../ports.js';
import {
  codesQuerySchema,
  codesUploadedSchema,
  listOfCodes,
  poolContentSchema,
  poolPageSchema,
  poolSchema,
  presentPool,
} from './coupon-pools.dto.js';

const READERS = roles('marketer', 'approver', 'finance', 'operator', 'admin');
const WRITERS = roles('marketer', 'admin');

@Controller('v1/coupon-pools')
export class CouponPoolsController {
  constructor(
    private readonly pools: CouponPoolsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({ summary: 'Pools of coupons by key', access: READERS, answer: poolPageSchema, problems: ['invalid'] })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.pools.list(readCursor(query.cursor), query.limit, this.clock.now());
    return toPage(rows, query.limit, (row) => row.key, presentPool);
  }

  @Get(':key')
  @Endpoint({
    summary: 'What a pool has given and has left, what may still be needed of it, and whether it runs out',
    access: READERS,
    answer: poolSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    const [pool] = await this.pools.stock([key], this.clock.now());
    return presentPool(found(pool ?? null, 'coupon pool'));
  }

  @Put(':key')
  @Endpoint({
    summary: 'Make a pool, rename it, or move its threshold',
    access: WRITERS,
    answer: poolSchema,
    problems: ['invalid'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: poolContentSchema }) body: z.infer<typeof poolContentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    await this.pools.put({ key, ...body }, { by: actor.id, now: this.clock.now() });
    return await this.find(key);
  }

  @Post(':key/upload')
  @ApiConsumes('text/csv', XLSX_TYPE)
  @Endpoint({
    summary:
      'A list of codes becomes stock of a pool; or a preview of that. A code that any pool has is not taken again',
    description:
      'CSV (charset parameter utf-8, with or without BOM, or euc-kr), or the first visible sheet of an XLSX workbook; the first row is the header.',
    access: WRITERS,
    answer: codesUploadedSchema,
    problems: ['invalid', 'not_found', 'slow', 'media_type', 'too_large', 'unprocessable'],
  })
  async upload(
    @Param('key', { schema: keySchema }) key: string,
    @Query({ schema: codesQuerySchema }) query: z.infer<typeof codesQuerySchema>,
    @Req() request: Request,
    @CurrentActor() actor: Actor,
  ) {
    found(await this.pools.find(key), 'coupon pool');
    const kind = fileKind(request, TABLES, `text/csv or ${XLSX_TYPE}`);
    const { rows } = readList(bodyOf(request, kind), kind, listOfCodes(query.column));
    const validUntil = query.validUntil === undefined ? null : Date.parse(query.validUntil);
    const upload = { pool: key, validUntil, preview: query.preview === 'true' };
    const { id, ...answer } = await this.pools.upload(upload, rows, { by: actor.id, now: this.clock.now() });
    return { upload: id === null ? null : Number(id.slice(key.length + 1)), ...answer };
  }

  @Get(':key/uploads/:upload/refused')
  @ApiProduces('text/csv')
  @Endpoint({
    summary: 'The rows of an upload that added nothing, each with its reason, as CSV',
    access: READERS,
    problems: ['invalid', 'not_found'],
  })
  async refused(
    @Param('key', { schema: keySchema }) key: string,
    @Param('upload', { schema: z.coerce.number().int().min(1).max(1_000_000_000) }) upload: number,
    @Res() response: Response,
  ) {
    const id = `${key}@${upload}`;
    found(await this.pools.findUpload(id), 'upload');
    response.setHeader('content-type', 'text/csv; charset=utf-8');
    await pipeline(Readable.from(refusedCsv(this.pools.refused(id))), response);
  }
}
