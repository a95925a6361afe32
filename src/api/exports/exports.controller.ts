/**
 * Tables that finance takes out of the books, as CSV or XLSX, signed; and what was taken out so far.
 */
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { EXPORT_KINDS, ExportsStore } from '../../storage/exports.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readNumberCursor, toPage, type PageQuery } from '../http/page.js';
import { csvFile } from './csv-file.js';
import { ExportDesk } from './export-desk.js';
import { KIND_OF, Tables, TABLES, tableQuerySchema, type TableName, type TableQuery } from './tables.js';
import { xlsxFile } from './xlsx-file.js';

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8', write: csvFile },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', write: xlsxFile },
} as const;
const fileSchema = z.enum(TABLES.flatMap((table) => [`${table}.csv`, `${table}.xlsx`] as const));

const exportPageSchema = pageOf(
  z
    .object({
      no: z.int(),
      kind: z.enum(EXPORT_KINDS),
      name: z.string().describe('of the file'),
      query: z.record(z.string(), z.unknown()).describe('as it was asked'),
      bytes: z.int(),
      sha256: z.string().describe('of all its bytes, hex'),
      statement: z.string().describe('what is signed'),
      signatures: z.record(z.string(), z.string()).describe('base64 by the id of the key'),
      actor: z.string(),
      at: z.iso.datetime(),
    })
    .meta({ id: 'Export' }),
).meta({ id: 'ExportPage' });

@Controller('v1/exports')
export class ExportsController {
  constructor(
    private readonly exports: ExportsStore,
    private readonly tables: Tables,
    private readonly desk: ExportDesk,
  ) {}

  @Get()
  @Endpoint({
    summary: 'What was taken out of the books, the newest first, each with its hash and signature',
    access: roles('finance', 'operator', 'admin'),
    answer: exportPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) { limit, cursor }: PageQuery) {
    const rows = await this.exports.list(readNumberCursor(cursor), limit);
    return toPage(
      rows,
      limit,
      ({ no }) => String(no),
      (row) => row,
    );
  }

  @Get(':file')
  @Endpoint({
    summary: 'A table as CSV or XLSX, with its hash and signature in the headers; it is kept who took it',
    description:
      '`Content-Digest` is RFC 9530; `Pado-Signature` is <key id>=<base64> over the text of `Pado-Statement`. Of `payouts` all filters hold, of `entries` `account` and days of posting, of `payout-report` days, campaign and provider, of `lucky-box-draws` the `box`, which has to be named.',
    access: roles('finance', 'admin'),
    problems: ['invalid', 'conflict', 'unprocessable'],
  })
  async file(
    @Param('file', { schema: fileSchema }) file: z.infer<typeof fileSchema>,
    @Query({ schema: tableQuerySchema }) query: TableQuery,
    @CurrentActor() actor: Actor,
    @Res() response: Response,
  ) {
    const [table, format] = file.split('.') as [TableName, keyof typeof FORMATS];
    const { type, write } = FORMATS[format];
    const content = write(this.tables.of(table, query));
    await this.desk.send(response, { kind: KIND_OF[table], name: file, query, actor: actor.id, type, content });
  }
}
