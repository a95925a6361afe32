/**
 * Contact policies: how many contacts a customer may have, over all campaigns.
 */
import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { LOOK_AHEAD_MAX_MS, policyScopeSchema } from '../../domain/contact-policy/policy.js';
import type { Actor } from '../../storage/keys.store.js';
import { PoliciesStore, type StoredPolicy } from '../../storage/policies.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';
import { presentWindow, windowOf, windowSchema } from './windows.dto.js';

const content = {
  scope: policyScopeSchema,
  window: windowSchema,
  cap: z.int().min(0).max(10_000),
  exemptInformation: z.boolean().default(false),
  /** A campaign of lower priority yields to one of higher priority that is due within this time. */
  lookAheadMs: z.int().min(0).max(LOOK_AHEAD_MAX_MS).default(0),
  active: z.boolean().default(true),
};
const contentSchema = z.strictObject(content).meta({ id: 'ContactPolicyContent' });
const policySchema = z
  .object({ key: z.string(), version: z.int(), ...content, createdBy: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: 'ContactPolicy' });
const policyPageSchema = pageOf(policySchema);

const READERS = roles('marketer', 'approver', 'operator', 'admin');

const present = ({ window, ...policy }: StoredPolicy) => ({ ...policy, window: presentWindow(window) });

@Controller('v1/contact-policies')
export class ContactPoliciesController {
  constructor(
    private readonly policies: PoliciesStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Contact policies by key, newest versions',
    access: READERS,
    answer: policyPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.policies.list(readCursor(query.cursor), query.limit);
    return toPage(rows, query.limit, (row) => row.key, present);
  }

  @Get(':key')
  @Endpoint({
    summary: 'The newest version of a contact policy',
    access: READERS,
    answer: policySchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    return present(found(await this.policies.newest(key), 'contact policy'));
  }

  @Put(':key')
  @Endpoint({
    summary: 'Put a contact policy in force; a new version when it differs',
    access: roles('operator', 'admin'),
    answer: policySchema,
    problems: ['invalid'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) body: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    return present(
      await this.policies.put({ ...body, key, window: windowOf(body.window) }, { by: actor.id, now: this.clock.now() }),
    );
  }
}
