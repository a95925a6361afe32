/**
 * The launched versions of a campaign: what was launched stays readable for ever, to compare with what is edited now.
 */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { campaignSchema } from '../../domain/journey/definition.js';
import { findVersion, versionsOf } from '../../storage/campaign-versions.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import type { Pool } from '../../storage/pool.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { POOL } from '../ports.js';

const READERS = roles('marketer', 'approver', 'finance', 'operator', 'admin');

const summary = {
  version: z.int(),
  contentHash: z.string(),
  createdBy: z.string().describe('who last edited it'),
  approvedBy: z.string(),
  launchedBy: z.string(),
  launchedAt: z.iso.datetime(),
};
const pageSchema = pageOf(z.object(summary).meta({ id: 'CampaignVersion' }));
const answerSchema = z
  .object({ ...summary, draft: campaignSchema.describe('as it was launched') })
  .meta({ id: 'CampaignVersionRecord' });

const versionSchema = z.coerce.number().int().min(1).max(2_147_483_647);

@Controller('v1/campaigns')
export class CampaignVersionsController {
  constructor(
    private readonly campaigns: CampaignsStore,
    @Inject(POOL) private readonly pool: Pool,
  ) {}

  @Get(':key/versions')
  @Endpoint({
    summary: 'Launched versions of a campaign, the newest first',
    access: READERS,
    answer: pageSchema,
    problems: ['invalid', 'not_found'],
  })
  async list(@Param('key', { schema: keySchema }) key: string, @Query({ schema: pageQuerySchema }) query: PageQuery) {
    found(await this.campaigns.find(key), 'campaign');
    const rows = await versionsOf(this.pool, key, readBefore(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      (row) => String(row.version),
      (row) => row,
    );
  }

  @Get(':key/versions/:version')
  @Endpoint({
    summary: 'One launched version with the campaign as it was launched',
    access: READERS,
    answer: answerSchema,
    problems: ['invalid', 'not_found'],
  })
  async find(
    @Param('key', { schema: keySchema }) key: string,
    @Param('version', { schema: versionSchema }) version: number,
  ) {
    return found(await findVersion(this.pool, key, version), 'version');
  }
}

/** The version that the page before ended with; null at the first page. */
function readBefore(cursor: string | undefined): number | null {
  const text = readCursor(cursor);
  if (text === '') return null;
  const { success, data } = versionSchema.safeParse(text);
  if (success) return data;
  throw new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });
}
