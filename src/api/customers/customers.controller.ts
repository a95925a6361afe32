/**
 * Customers: bulk upsert, one customer, and the changes of its gate facts.
 */
import { Body, Controller, Get, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';
import { appendAudit } from '../../storage/audit-log.store.js';
import { CustomersStore, type GateChange } from '../../storage/customers.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { bodyOf } from '../files/body.js';
import { TableHead, TABLES, XLSX_TYPE } from '../files/table.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { fileKind } from '../http/text-file.js';
import { CLOCK, type Clock } from '../ports.js';
import { badFile, customerRows, headOf, type FileKind } from './customer-file.js';
import { columnsOf, customerColumnsSchema, mappingOf, mapSchema } from './customer-table.js';
import {
  consentsChangeSchema,
  customerSchema,
  importResultSchema,
  statusChangeSchema,
  toConsents,
} from './customers.dto.js';

const FORMATS: Record<string, FileKind['format']> = {
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  ...TABLES,
};
const ACCEPTED = `application/x-ndjson, text/csv or ${XLSX_TYPE}`;
const querySchema = z.object({
  preview: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: says what would become of it, and changes nothing'),
  map: mapSchema,
});

@Controller('v1/customers')
export class CustomersController {
  constructor(
    private readonly customers: CustomersStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @ApiConsumes('application/x-ndjson', 'text/csv', XLSX_TYPE)
  @Endpoint({
    summary: 'Bulk upsert of customers from NDJSON, CSV or XLSX; all rows or none; or a preview of that',
    description:
      'NDJSON: one CustomerRow a line. Columns of a CSV, or of the first visible sheet of a workbook: id, status, zone, consent.<channel>:<purpose> (true, false, night), address.<push|phone|email|postal>, attribute.<name>[:number|:boolean]; or `map` says what each is. Charset parameter: utf-8 or euc-kr.',
    access: roles('operator', 'admin'),
    answer: importResultSchema,
    problems: ['invalid', 'slow', 'media_type', 'too_large', 'unprocessable'],
  })
  async import(
    @Query({ schema: querySchema }) query: z.infer<typeof querySchema>,
    @Req() request: Request,
    @CurrentActor() actor: Actor,
  ) {
    const preview = query.preview === 'true';
    const head = new TableHead();
    const kind = fileKind(request, FORMATS, ACCEPTED);
    const rows = customerRows(bodyOf(request, kind), kind, { head, mapping: mappingOf(query.map) });
    const outcome = await this.customers.import(rows, { by: actor.id, now: this.clock.now(), preview });
    if (outcome.kind === 'applied') {
      return preview ? { ...outcome.counts, head: { header: head.header, rows: head.rows } } : outcome.counts;
    }
    throw badFile(
      outcome.lines.map(({ line, firstLine }) => ({
        line,
        pointer: '/id',
        detail: `repeats the id of line ${firstLine}`,
      })),
    );
  }

  @Post('columns')
  @ApiConsumes('text/csv', XLSX_TYPE)
  @Endpoint({
    summary: 'How a table of customers begins, and what its columns are by their headers; nothing is changed',
    access: roles('operator', 'admin'),
    answer: customerColumnsSchema,
    problems: ['slow', 'media_type', 'too_large', 'unprocessable'],
  })
  async columns(@Req() request: Request) {
    const kind = fileKind(request, TABLES, `text/csv or ${XLSX_TYPE}`);
    return columnsOf(await headOf(bodyOf(request, kind), kind));
  }

  @Get(':id')
  @Endpoint({
    summary: 'One customer',
    access: roles('marketer', 'operator', 'admin'),
    answer: customerSchema,
    problems: ['invalid', 'not_found'],
  })
  async find(@Param('id', { schema: customerIdSchema }) id: string) {
    return found(await this.customers.find(id), 'customer');
  }

  @Put(':id/status')
  @Endpoint({
    summary: 'Change the status; in force for every later decision',
    access: roles('operator', 'admin'),
    answer: customerSchema,
    problems: ['invalid', 'not_found'],
  })
  async changeStatus(
    @Param('id', { schema: customerIdSchema }) id: string,
    @Body({ schema: statusChangeSchema }) body: z.infer<typeof statusChangeSchema>,
    @CurrentActor() actor: Actor,
  ) {
    return await this.change(id, { status: body.status }, body.reason, actor);
  }

  @Put(':id/consents')
  @Endpoint({
    summary: 'Change consents, merged by <channel>:<purpose>',
    access: roles('operator', 'admin'),
    answer: customerSchema,
    problems: ['invalid', 'not_found'],
  })
  async changeConsents(
    @Param('id', { schema: customerIdSchema }) id: string,
    @Body({ schema: consentsChangeSchema }) body: z.infer<typeof consentsChangeSchema>,
    @CurrentActor() actor: Actor,
  ) {
    return await this.change(id, { consents: toConsents(body.consents) }, body.reason, actor);
  }

  private async change(id: string, facts: Pick<GateChange, 'status' | 'consents'>, reason: string, actor: Actor) {
    const now = this.clock.now();
    const customer = await this.customers.changeGate(
      id,
      { ...facts, source: `person:${actor.id}`, occurredAt: now, now },
      async (client, before) =>
        await appendAudit(client, {
          at: now,
          actor: actor.id,
          action: 'customer.gate',
          subject: `customer/${id}`,
          reason,
          before: facts.status ? { status: before.status } : { consents: before.consents },
          after: facts,
        }),
    );
    return found(customer, 'customer');
  }
}
