/**
 * A campaign's funnel before it is launched: the send's own decisions with their effects unused.
 */
import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import type { Config } from '../../config.js';
import { keySchema } from '../../domain/base/keys.js';
import { prepareRenderer } from '../../domain/offer/render.js';
import { FunnelCount } from '../../domain/wave/funnel.js';
import { walk } from '../../domain/wave/walk.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import { FunnelStore, type FunnelPage } from '../../storage/funnel.store.js';
import { LakeError } from '../../storage/lake.js';
import type { Pool } from '../../storage/pool.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';
import { notAnswered } from '../segments/segment-questions.js';
import { contentOf } from './campaign-content.js';

const TIMEOUT_MS = 25_000;

const askedSchema = z
  .strictObject({ at: z.iso.datetime({ offset: true }).optional().describe('as of then; now by default') })
  .meta({ id: 'FunnelAsked' });
const funnelSchema = z
  .object({
    asOf: z.iso.datetime(),
    matched: z.int().describe('whom the segment selects'),
    steps: z.array(
      z.object({
        stage: z.enum(['eligibility', 'offer', 'journey']),
        reason: z.string(),
        stopped: z.int(),
        left: z.int(),
      }),
    ),
    sent: z.int().describe('to how many at least one message would go'),
    nodes: z.array(
      z.object({
        node: z.string(),
        decided: z.int(),
        queued: z.int(),
        channels: z.record(z.string(), z.int()).describe('those queued, by channel'),
        suppressed: z.record(z.string(), z.int()).describe('by reason'),
      }),
    ),
  })
  .meta({ id: 'CampaignFunnel', description: 'matched = the sum of stopped + sent' });

@Controller('v1/campaigns')
export class FunnelController {
  constructor(
    private readonly campaigns: CampaignsStore,
    private readonly funnels: FunnelStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post(':key/funnel')
  @Endpoint({
    summary: 'Whom the first pass of a run would send to, and why not to the others',
    access: roles('marketer', 'approver', 'operator', 'admin'),
    answer: funnelSchema,
    problems: ['invalid', 'not_found', 'unprocessable'],
  })
  async funnel(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: askedSchema }) body: z.infer<typeof askedSchema>,
  ) {
    const now = body.at === undefined ? this.clock.now() : Date.parse(body.at);
    const campaign = found(await this.campaigns.find(key), 'campaign');
    const content = await contentOf(this.pool, campaign.draft, this.config);
    if (!content.ok) throw new Problem('unprocessable', 'The draft has faults.', { errors: content.faults });
    const count = new FunnelCount();
    const since = performance.now();
    let render: ReturnType<typeof prepareRenderer> | null = null;
    const each = ({ journey, policies, closed, people }: FunnelPage) => {
      render ??= prepareRenderer(content.launched, journey);
      const terms = { journey, policies, closed, now, stopped: false };
      for (const facts of people) count.add(walk(facts, { ...terms, render }));
      return performance.now() - since < TIMEOUT_MS;
    };
    const whole = await this.funnels.read(content.launched, { now, timeoutMs: TIMEOUT_MS }, each).catch(unread);
    if (whole) return { asOf: new Date(now).toISOString(), ...count.result() };
    throw new Problem('unavailable', `It took longer than ${TIMEOUT_MS / 1_000} seconds and was given up.`, {
      errors: [{ pointer: '/segment', detail: 'selects too many for an answer at once; count or sample it' }],
    });
  }
}

function unread(error: unknown): never {
  if (!(error instanceof LakeError)) throw error;
  throw notAnswered(error.source, error.failure);
}
