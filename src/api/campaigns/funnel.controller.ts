/**
 * A campaign's funnel before it is launched: the send's own decisions with their effects unused.
 */
import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import type { Config } from '../../config.js';
import { keySchema } from '../../domain/base/keys.js';
import { prepareRenderer } from '../../domain/offer/render.js';
import { FunnelCount, stopOf } from '../../domain/wave/funnel.js';
import { walk, type Walk } from '../../domain/wave/walk.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import { FunnelStore, type FunnelPage, type Order } from '../../storage/funnel.store.js';
import { LakeError } from '../../storage/lake.js';
import type { Pool } from '../../storage/pool.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';
import { notAnswered } from '../segments/segment-questions.js';
import { contentOf } from './campaign-content.js';

const TIMEOUT_MS = 25_000;

const at = instantSchema.optional().describe('as of then; now by default');
const askedSchema = z.strictObject({ at }).meta({ id: 'FunnelAsked' });
const sampleSchema = z
  .strictObject({
    step: z
      .string()
      .regex(/^[a-z_]{1,40}$/)
      .describe('matched, sent, or the reason of a step'),
    size: z.int().min(1).max(100).default(20),
    at,
  })
  .meta({ id: 'FunnelSampleAsked' });
const sampledSchema = z
  .object({ customers: z.array(z.string()).describe('ids'), asOf: z.iso.datetime() })
  .meta({ id: 'FunnelSample', description: 'The same customers each time, for as long as the same are stopped.' });
const funnelSchema = z
  .object({
    asOf: z.iso.datetime(),
    matched: z.int().describe('whom the segment selects'),
    steps: z.array(
      z.object({
        stage: z.enum(['eligibility', 'offer', 'journey']),
        reason: z.string().describe('of the gate; holdout; no_send_now: no message on the first pass'),
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
    const count = new FunnelCount();
    const { now, whole } = await this.judge(key, body.at, 'id', (_, walked) => {
      count.add(walked);
      return true;
    });
    if (whole) return { asOf: new Date(now).toISOString(), ...count.result() };
    throw tooMany('selects too many for an answer at once; count or sample it');
  }

  @Post(':key/funnel/sample')
  @Endpoint({
    summary: 'Some of the customers whom one step of the funnel is about',
    access: roles('marketer', 'operator', 'admin'),
    answer: sampledSchema,
    problems: ['invalid', 'not_found', 'unprocessable'],
  })
  async sample(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: sampleSchema }) body: z.infer<typeof sampleSchema>,
  ) {
    const customers: string[] = [];
    const isAsked = ofStep(body.step);
    const { now, whole } = await this.judge(key, body.at, 'hash', (id, walked) => {
      if (isAsked(stopOf(walked))) customers.push(id);
      return customers.length < body.size;
    });
    const isFull = customers.length === body.size;
    if (!isFull && !whole) throw tooMany('selects too many to find some of this step in time');
    return { customers, asOf: new Date(now).toISOString() };
  }

  /** What the first pass would decide about each of the audience, until `each` has had enough; `whole`: it was told of everybody. */
  private async judge(key: string, at: string | undefined, order: Order, each: (id: string, walked: Walk) => boolean) {
    const now = at === undefined ? this.clock.now() : Date.parse(at);
    const campaign = found(await this.campaigns.find(key), 'campaign');
    const content = await contentOf(this.pool, campaign.draft, this.config);
    if (!content.ok) throw new Problem('unprocessable', 'The draft has faults.', { errors: content.faults });
    const since = performance.now();
    let render: ReturnType<typeof prepareRenderer> | null = null;
    const eachPage = ({ journey, policies, closed, people }: FunnelPage) => {
      render ??= prepareRenderer(content.launched, journey);
      const terms = { journey, policies, closed, now, stopped: false, render };
      return (
        people.every((facts) => each(facts.customerId, walk(facts, terms))) && performance.now() - since < TIMEOUT_MS
      );
    };
    const terms = { now, timeoutMs: TIMEOUT_MS, order };
    return { now, whole: await this.funnels.read(content.launched, terms, eachPage).catch(unread) };
  }
}

/** Of why somebody is stopped, null where they are not: whether that is what the step is about. */
function ofStep(step: string): (stop: string | null) => boolean {
  if (step === 'matched') return () => true;
  return (stop) => (stop ?? 'sent') === step;
}

const tooMany = (detail: string): Problem =>
  new Problem('unavailable', `It took longer than ${TIMEOUT_MS / 1_000} seconds and was given up.`, {
    errors: [{ pointer: '/segment', detail }],
  });

function unread(error: unknown): never {
  if (!(error instanceof LakeError)) throw error;
  throw notAnswered(error.source, error.failure);
}
