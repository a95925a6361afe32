/**
 * How long rows are kept: set by an admin with the reason, never below what the laws need; what has gone by it, and what holds runs back.
 */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { z } from 'zod';
import {
  FLOOR_DAYS,
  HELD_BY,
  KINDS,
  retentionDaysSchema,
  retentionKindSchema,
  type HeldBy,
  type RetentionKind,
} from '../../domain/retention/policy.js';
import type { Actor } from '../../storage/keys.store.js';
import { RetentionStore } from '../../storage/retention.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const time = z.iso.datetime();
const heldBySchema = z.enum(Object.keys(HELD_BY) as [HeldBy, ...HeldBy[]]).meta({ id: 'RetentionHeldBy' });
const policySchema = z
  .object({
    kind: retentionKindSchema,
    version: z.int().describe('0: none was ever set, so all is kept'),
    days: z.int().nullable().describe('null: for ever'),
    floorDays: z.int().describe('fewer are refused'),
    reason: z.string().nullable(),
    createdBy: z.string().nullable(),
    createdAt: time.nullable(),
    removed: z.int().describe('runs that expired; of other kinds rows'),
    through: time.nullable().describe('what was over, or received, before this has gone'),
    removedAt: time.nullable(),
  })
  .meta({ id: 'RetentionPolicy' });
const retentionSchema = z
  .object({
    policies: z.array(policySchema),
    held: z
      .array(z.object({ by: heldBySchema, runs: z.int(), says: z.string() }))
      .describe('runs that are old enough and may not expire yet'),
  })
  .meta({ id: 'Retention' });
const contentSchema = z
  .strictObject({
    days: retentionDaysSchema.describe('null: for ever'),
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: 'RetentionContent' });

@Controller('v1/retention')
export class RetentionController {
  constructor(
    private readonly retention: RetentionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'How long rows are kept, what has gone, and what holds runs that are old enough',
    access: roles('finance', 'operator', 'admin'),
    answer: retentionSchema,
  })
  async find() {
    const held = await this.retention.held(this.clock.now());
    return {
      policies: await Promise.all(KINDS.map((kind) => this.policy(kind))),
      held: held.map(({ by, runs }) => ({ by, runs, says: HELD_BY[by] })),
    };
  }

  @Put(':kind')
  @Endpoint({
    summary: 'Keep rows of a kind for so many days, or for ever; a new version when it differs',
    access: roles('admin'),
    answer: policySchema,
    problems: ['invalid'],
  })
  async put(
    @Param('kind', { schema: retentionKindSchema }) kind: RetentionKind,
    @Body({ schema: contentSchema }) { days, reason }: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const floor = await this.floorOf(kind);
    if (days !== null && days < floor) {
      const detail = `is at least ${floor}: sooner, something would be removed that is still needed`;
      throw new Problem('invalid', undefined, { errors: [{ pointer: '/days', detail }] });
    }
    await this.retention.put(kind, days, { by: actor.id, reason, now: this.clock.now() });
    return await this.policy(kind);
  }

  private async floorOf(kind: RetentionKind): Promise<number> {
    return kind === 'runs' ? Math.max(FLOOR_DAYS.runs, await this.retention.contactDays()) : FLOOR_DAYS[kind];
  }

  private async policy(kind: RetentionKind) {
    const [policies, expired] = await Promise.all([this.retention.policies(), this.retention.expired()]);
    const policy = policies.find((one) => one.kind === kind);
    const gone = expired.find((one) => one.kind === kind);
    return {
      kind,
      version: policy?.version ?? 0,
      days: policy?.days ?? null,
      floorDays: await this.floorOf(kind),
      reason: policy?.reason ?? null,
      createdBy: policy?.createdBy ?? null,
      createdAt: policy?.createdAt ?? null,
      removed: gone?.removed ?? 0,
      through: gone?.through ?? null,
      removedAt: gone?.at ?? null,
    };
  }
}
