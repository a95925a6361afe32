/**
 * What came too late to earn its reward by itself: finance's list.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { LateClaimsStore, type LateClaimRow } from '../../storage/late-claims.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage } from '../http/page.js';
import { Problem } from '../http/problem.js';

const time = z.iso.datetime();
const querySchema = pageQuerySchema.extend({ run: z.string().max(40).optional() });
const lateResponsePageSchema = pageOf(
  z
    .object({
      run: z.string(),
      campaign: z.string(),
      node: z.string().describe('the wait'),
      visit: z.int(),
      wave: z.int(),
      customer: z.string(),
      event: z.string(),
      occurredAt: time,
      receivedAt: time,
      windowEndAt: time.describe('exclusive'),
      rewards: z.array(z.string()).describe('reward nodes that a response in time would have earned'),
    })
    .meta({ id: 'LateResponse' }),
);

const present = ({ no: _no, runId, customerId, windowTo, ...row }: LateClaimRow) => ({
  ...row,
  run: runId,
  customer: customerId,
  windowEndAt: windowTo,
});

@Controller('v1/late-responses')
export class LateResponsesController {
  constructor(private readonly lateClaims: LateClaimsStore) {}

  @Get()
  @Endpoint({
    summary:
      'Responses inside their window that came later than the campaign’s `late`: whether they are paid, finance decides',
    access: roles('finance', 'operator', 'admin'),
    answer: lateResponsePageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: querySchema }) query: z.infer<typeof querySchema>) {
    const { run, limit } = query;
    const cursor = readCursor(query.cursor);
    if (!/^[0-9]{0,15}$/.test(cursor)) {
      throw new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });
    }
    const rows = await this.lateClaims.list({ run, limit, after: Number(cursor) });
    return toPage(rows, limit, (row) => String(row.no), present);
  }
}
