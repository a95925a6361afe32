/**
 * When a campaign starts next, and every slot that was judged: fired with its run, or skipped with the reason.
 */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import { StartsStore } from '../../storage/starts.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';

const time = z.iso.datetime();
const slotSchema = z
  .object({
    slotAt: time,
    version: z.int(),
    trigger: z.string(),
    skipped: z.enum(['stopped', 'paused', 'review_invalid', 'missed']).nullable().describe('null: fired'),
    run: z.string().nullable(),
    at: time.describe('when it was judged'),
  })
  .meta({ id: 'StartSlot' });
const startsSchema = pageOf(slotSchema)
  .extend({ nextStart: time.nullable(), version: z.int().nullable().describe('whose calendars are in force') })
  .meta({ id: 'CampaignStarts' });

@Controller('v1/campaigns')
export class CampaignStartsController {
  constructor(
    private readonly campaigns: CampaignsStore,
    private readonly starts: StartsStore,
  ) {}

  @Get(':key/starts')
  @Endpoint({
    summary: 'The next start of a campaign, and the slots that were fired or skipped, newest first',
    access: roles('marketer', 'approver', 'finance', 'operator', 'admin'),
    answer: startsSchema,
    problems: ['invalid', 'not_found'],
  })
  async list(@Param('key', { schema: keySchema }) key: string, @Query({ schema: pageQuerySchema }) query: PageQuery) {
    found(await this.campaigns.find(key), 'campaign');
    const before = readCursor(query.cursor);
    if (before !== '' && !z.iso.datetime().safeParse(before).success) {
      throw new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });
    }
    const start = await this.starts.find(key);
    const rows = await this.starts.slots(key, before, query.limit);
    const page = toPage(
      rows,
      query.limit,
      ({ slotAt }) => slotAt.toISOString(),
      (row) => row,
    );
    return { ...page, nextStart: start?.nextAt ?? null, version: start?.version ?? null };
  }
}
