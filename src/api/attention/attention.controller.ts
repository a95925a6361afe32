/**
 * One list of everything that needs a person, and the clearing of a queue that an undocumented answer has stopped.
 */
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Config } from '../../config.js';
import { CLASSES, CODES } from '../../domain/attention/classes.js';
import type { Found } from '../../domain/attention/item.js';
import { AttentionItemsStore } from '../../storage/attention-items.store.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { QueueAttentionStore, type QueueScope } from '../../storage/queue-attention.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { toPage } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, NUDGER, POOL, type Clock, type Nudger } from '../ports.js';
import {
  attentionPageSchema,
  attentionQuerySchema,
  clearedSchema,
  clearSchema,
  placeOfItem,
  presentItem,
  presentQueue,
  queueKindSchema,
  readPlace,
  stoppedQueueSchema,
} from './attention.dto.js';
import { DesertedBuilds } from './deserted-builds.js';
import { ProvidersClosed } from './providers-closed.js';

function scopeOf(kind: string, name: string): QueueScope {
  const known = queueKindSchema.safeParse(kind);
  if (!known.success) throw new Problem('not_found', 'There is no such kind of queue: gateway, provider.');
  return { kind: known.data, name };
}

const QUEUE_PARAMS = { kind: 'gateway or provider', name: 'its name in the configuration' };

@Controller('v1/attention')
export class AttentionController {
  constructor(
    private readonly items: AttentionItemsStore,
    private readonly queues: QueueAttentionStore,
    private readonly closed: ProvidersClosed,
    private readonly deserted: DesertedBuilds,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Endpoint({
    summary:
      'Everything that needs a person, by class, subject and cause, with what a retry would do and what cures it',
    access: roles('marketer', 'finance', 'operator', 'admin'),
    answer: attentionPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: attentionQuerySchema }) query: z.infer<typeof attentionQuerySchema>) {
    const { code, desk, limit, cursor } = query;
    const only = CODES.filter((one) => (code ?? one) === one && (desk ?? CLASSES[one].desk) === CLASSES[one].desk);
    const now = this.clock.now();
    const elsewhere = only.includes('build_deserted') ? await this.deserted.list() : [];
    const at = { now, closed: this.closed.at(now), patienceMs: this.config.patienceMs, elsewhere };
    const rows = await this.items.list(at, only, { after: readPlace(cursor), limit });
    const present = (found: Found) => presentItem(found, this.config.temporal);
    return { now: new Date(now).toISOString(), ...toPage(rows, limit, placeOfItem, present) };
  }

  @Get(':kind/:name')
  @Endpoint({
    summary: 'Whether a queue has stopped, what would be handed over if it were cleared, and what could be set aside',
    access: roles('finance', 'operator', 'admin'),
    answer: stoppedQueueSchema,
    problems: ['not_found'],
    params: QUEUE_PARAMS,
  })
  async queue(@Param('kind') kind: string, @Param('name') name: string) {
    const scope = scopeOf(kind, name);
    const stopped = found(await this.queues.find(scope), 'queue');
    const shards = stopped.map(({ shard }) => shard);
    const [waiting, aside] = await Promise.all([
      this.queues.waiting(scope, shards),
      this.queues.answeredSo(scope, shards),
    ]);
    return presentQueue(scope, stopped, waiting, aside);
  }

  @Post(':kind/:name/clear')
  @Endpoint({
    summary: 'Let a queue go on that an undocumented answer has stopped: what waits is gated again and handed over',
    access: roles('operator', 'admin'),
    answer: clearedSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    params: QUEUE_PARAMS,
    idempotent: true,
  })
  async clear(
    @Param('kind') kind: string,
    @Param('name') name: string,
    @Body({ schema: clearSchema }) asked: z.infer<typeof clearSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const scope = scopeOf(kind, name);
    let shards: number[] = [];
    const body = await once(this.pool, { request, response }, async (client) => {
      found(await this.queues.find(scope, client), 'queue');
      const cleared = await this.queues.clear(client, scope, asked, { by: actor.id, now: this.clock.now() });
      if (!cleared) throw new Problem('conflict', 'The queue has not stopped.');
      shards = cleared.shards;
      const { setAside } = cleared;
      return { status: 200, body: { queue: `${kind}/${name}`, cleared: shards, setAside }, headers: {} };
    });
    for (const shard of shards) {
      if (scope.kind === 'gateway') this.nudger.nudgeDelivery(name, shard);
      else this.nudger.nudgePayout(name, shard);
    }
    return body;
  }
}
