/**
 * One decision of a person: made once per idempotency key in one transaction, answered, and then the provider's queue is told.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Authored } from '../../storage/definition-lock.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Decision } from '../../storage/payout-decisions.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import type { AuthenticatedRequest } from '../http/access.js';
import { once } from '../http/idempotency.js';
import { Problem } from '../http/problem.js';
import { CLOCK, NUDGER, POOL, type Clock, type Nudger } from '../ports.js';
import { refuseDecision } from './decisions.dto.js';

export interface Asked {
  request: AuthenticatedRequest;
  response: Response;
  actor: Actor;
}

@Injectable()
export class PayoutDecider {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  /** Problems: not_found, conflict, own_work. `answer` reads what there is after the decision, in its transaction. */
  async decide(
    { request, response, actor }: Asked,
    decide: (client: Client, authored: Authored) => Promise<Decision>,
    answer: (client: Client) => Promise<unknown>,
    status = 200,
  ): Promise<unknown> {
    let nudge = () => {};
    const body = await once(this.pool, { request, response }, async (client) => {
      const decision = await decide(client, { by: actor.id, now: this.clock.now() });
      if (decision.kind === 'unknown') throw new Problem('not_found', 'There is no such payout.');
      if (decision.kind === 'refused') refuseDecision(decision.why);
      const { provider, shard } = decision.queue;
      nudge = () => this.nudger.nudgePayout(provider, shard);
      return { status, body: await answer(client), headers: {} };
    });
    nudge();
    return body;
  }
}
