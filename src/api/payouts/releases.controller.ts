/**
 * The payouts of a run that wait for an approval: what they come to, and letting all of them go at once.
 */
import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { moneySchema, toMoney, toMoneyJson } from '../../domain/base/money.js';
import type { Actor } from '../../storage/keys.store.js';
import { PayoutReleases } from '../../storage/payout-releases.store.js';
import type { Pool } from '../../storage/pool.js';
import { RunsStore } from '../../storage/runs.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, NUDGER, POOL, type Clock, type Nudger } from '../ports.js';

const awaitingSchema = z
  .object({
    items: z.array(
      z.object({
        node: z.string(),
        wave: z.int(),
        kind: z.string(),
        count: z.int(),
        total: moneySchema,
        since: z.iso.datetime().describe('when the oldest of them was earned'),
      }),
    ),
  })
  .meta({ id: 'PayoutsAwaitingApproval' });

const releaseSchema = z
  .strictObject({
    count: z.int().positive().describe('how many there are; refused when there are more or fewer by now'),
    total: moneySchema.describe('what they come to, all of this currency'),
    reason: z.string().min(1).max(500),
  })
  .meta({ id: 'PayoutRelease' });

const releasedSchema = z.object({ approved: z.int(), total: moneySchema }).meta({ id: 'PayoutsReleased' });

@Controller('v1/runs')
export class PayoutReleasesController {
  constructor(
    private readonly releases: PayoutReleases,
    private readonly runs: RunsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  @Get(':run/payouts/awaiting-approval')
  @Endpoint({
    summary: 'What waits for an approval before it is submitted, by reward node and currency',
    access: roles('finance', 'operator', 'marketer', 'approver', 'admin'),
    answer: awaitingSchema,
    problems: ['not_found'],
  })
  async awaiting(@Param('run') run: string) {
    found(await this.runs.find(run), 'run');
    const items = await this.releases.awaiting(run);
    return {
      items: items.map(({ total, currency, since, ...item }) => ({
        ...item,
        total: toMoneyJson({ minor: total, currency }),
        since: since.toISOString(),
      })),
    };
  }

  @Post(':run/payouts/approve')
  @Endpoint({
    summary: 'Approve all payouts of a run that wait for it, in one currency: each is gated again, then submitted',
    access: roles('finance', 'operator', 'admin'),
    answer: releasedSchema,
    problems: ['invalid', 'not_found', 'conflict', 'own_work'],
    idempotent: true,
  })
  async approve(
    @Param('run') run: string,
    @Body({ schema: releaseSchema }) { count, total, reason }: z.infer<typeof releaseSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    let nudge = () => {};
    const { minor, currency } = toMoney(total);
    const body = await once(this.pool, { request, response }, async (client) => {
      const authored = { by: actor.id, now: this.clock.now() };
      const released = await this.releases.approve(client, run, { count, total: minor, currency }, reason, authored);
      switch (released.kind) {
        case 'done':
          nudge = () => released.queues.forEach(({ provider, shard }) => this.nudger.nudgePayout(provider, shard));
          return { status: 200, body: { approved: count, total }, headers: {} };
        case 'unknown':
          throw new Problem('not_found', 'There is no such run.');
        case 'nothing':
          throw new Problem('conflict', `No payout of the run in ${currency} waits for an approval.`);
        case 'own_launch':
          throw new Problem('own_work', 'Who launched the campaign or opened the run cannot approve its payouts.');
        case 'differs':
          throw new Problem(
            'conflict',
            `There are ${released.found.count} by now, of ${released.found.total} ${currency}: look again, then approve those.`,
          );
        default:
          return released satisfies never;
      }
    });
    nudge();
    return body;
  }
}
