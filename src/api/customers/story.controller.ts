/**
 * One customer's story: why they got what they got of a campaign, and everything that was decided about them over all campaigns (law 7).
 */
import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';
import { decodeTrace } from '../../domain/wave/trace.js';
import { CustomersStore } from '../../storage/customers.store.js';
import { TimelineStore, type TimelineCursor, type TimelineRow } from '../../storage/timeline.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { otherCursor, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found } from '../http/problem.js';
import { timelinePageSchema, whyQuerySchema, whySchema } from './story.dto.js';
import { CustomerWhy } from './why.js';

const READERS = roles('marketer', 'finance', 'operator', 'admin');

@Controller('v1/customers')
export class CustomerStoryController {
  constructor(
    private readonly why: CustomerWhy,
    private readonly customers: CustomersStore,
    private readonly timelines: TimelineStore,
  ) {}

  @Get(':id/why')
  @Endpoint({
    summary: 'Why this customer got what they got of a campaign, stage by stage',
    description:
      'Of the newest run that the customer is in, or the one asked for. Whoever never entered is judged by today’s facts: `basis` says so.',
    access: READERS,
    answer: whySchema,
    problems: ['invalid', 'not_found'],
  })
  async find(
    @Param('id', { schema: customerIdSchema }) id: string,
    @Query({ schema: whyQuerySchema }) query: z.infer<typeof whyQuerySchema>,
  ) {
    return present(await this.why.of({ customer: id, campaign: query.campaign, run: query.run }));
  }

  @Get(':id/timeline')
  @Endpoint({
    summary: 'Everything that was decided about this customer, over all campaigns, newest first',
    access: READERS,
    answer: timelinePageSchema,
    problems: ['invalid', 'not_found'],
  })
  async timeline(
    @Param('id', { schema: customerIdSchema }) id: string,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
  ) {
    found(await this.customers.find(id), 'customer');
    const rows = await this.timelines.of(id, cursorOf(query.cursor), query.limit);
    return toPage(rows, query.limit, ({ at, kind, key }) => `${at.toISOString()} ${kind} ${key}`, presentItem);
  }
}

function cursorOf(text: string | undefined): TimelineCursor | null {
  const cursor = readCursor(text);
  if (cursor === '') return null;
  const [at = '', kind = '', ...key] = cursor.split(' ');
  if (Number.isNaN(Date.parse(at)) || key.length === 0) {
    throw otherCursor();
  }
  return { at: new Date(at), kind, key: key.join(' ') };
}

function presentItem({ at, kind, run, campaign, detail }: TimelineRow) {
  const steps = kind === 'decision' ? { steps: decodeTrace(String(detail['steps'])) } : {};
  return { at, kind, run, campaign, detail: { ...detail, ...steps } };
}

/** Times leave as RFC 3339. */
function present(why: Awaited<ReturnType<CustomerWhy['of']>>) {
  return {
    ...why,
    stages: why.stages.map(({ stage, findings }) => ({
      stage,
      findings: findings.map(({ stage: _, at, ...one }) => ({ at: new Date(at), ...one })),
    })),
  };
}
