/**
 * Caps on rewards: how many one customer may get within a window, or of how much, over all campaigns.
 */
import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { moneySchema, toMoney, toMoneyJson } from '../../domain/base/money.js';
import { capScopeSchema, type CapLimit } from '../../domain/ledger/reward-caps.js';
import type { Actor } from '../../storage/keys.store.js';
import { RewardCapsStore, type StoredCap } from '../../storage/reward-caps.store.js';
import { presentWindow, windowOf, windowSchema } from '../contact-policies/windows.dto.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const limitSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('count'), max: z.int().min(0).max(10_000) }),
  z
    .strictObject({ kind: z.literal('amount'), max: moneySchema })
    .describe('of this currency alone; amounts of others are nothing to it'),
]);
const content = {
  scope: capScopeSchema.describe('the rewards that it is about: all, those of a kind, those of a budget'),
  window: windowSchema,
  limit: limitSchema,
  active: z.boolean().default(true),
};
const contentSchema = z.strictObject(content).meta({ id: 'RewardCapContent' });
const capSchema = z
  .object({ key: z.string(), version: z.int(), ...content, createdBy: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: 'RewardCap' });
const capPageSchema = pageOf(capSchema);

const READERS = roles('marketer', 'approver', 'finance', 'operator', 'admin');

const present = ({ window, limit, ...cap }: StoredCap) => ({
  ...cap,
  window: presentWindow(window),
  limit:
    limit.kind === 'count'
      ? limit
      : { kind: limit.kind, max: toMoneyJson({ minor: limit.max, currency: limit.currency }) },
});

function limitOf(limit: z.infer<typeof limitSchema>): CapLimit {
  if (limit.kind === 'count') return limit;
  const { minor: max, currency } = toMoney(limit.max);
  return { kind: 'amount', max, currency };
}

@Controller('v1/reward-caps')
export class RewardCapsController {
  constructor(
    private readonly caps: RewardCapsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Caps on rewards by key, newest versions',
    access: READERS,
    answer: capPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.caps.list(readCursor(query.cursor), query.limit);
    return toPage(rows, query.limit, (row) => row.key, present);
  }

  @Get(':key')
  @Endpoint({
    summary: 'The newest version of a cap on rewards',
    access: READERS,
    answer: capSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    return present(found(await this.caps.newest(key), 'cap on rewards'));
  }

  @Put(':key')
  @Endpoint({
    summary: 'Put a cap on rewards in force; a new version when it differs',
    access: roles('finance', 'admin'),
    answer: capSchema,
    problems: ['invalid'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) { window, limit, ...body }: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const cap = { ...body, key, window: windowOf(window), limit: limitOf(limit) };
    return present(await this.caps.put(cap, { by: actor.id, now: this.clock.now() }));
  }
}
