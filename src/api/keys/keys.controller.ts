/**
 * API keys and the write keys of sources: made, listed and revoked. A key's text is told once, to whoever makes it, and kept nowhere.
 */
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { isPerson, KeysStore, ROLES, type Actor } from '../../storage/keys.store.js';
import { reasonSchema } from '../customers/customers.dto.js';
import { calledSchema } from '../people/people.dto.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const idSchema = z.string().regex(/^[0-9a-f]{12}$/, 'is 12 of 0-9 a-f');
const roleSchema = z.enum(ROLES).meta({ id: 'Role' });
const contentSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    role: roleSchema,
    owner: calledSchema
      .optional()
      .describe(
        'id or account of whose it is, for good; whoever makes it, where left out. What it does, its owner has done',
      ),
    reason: reasonSchema,
  })
  .meta({ id: 'KeyContent' });
const revocationSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'KeyRevocation' });
const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    owner: z.string().nullable().describe('id of the person; null: nobody’s'),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Key' });
const madeSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    owner: z.string().nullable(),
    key: z.string().describe('told only here'),
  })
  .meta({ id: 'KeyMade' });

@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly keys: KeysStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Keys by id, revoked ones too',
    access: roles('admin'),
    answer: pageOf(keySchema),
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.keys.list(readCursor(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      (row) => row.id,
      (row) => row,
    );
  }

  @Post()
  @Endpoint({
    summary: 'Make a key; its text is in this answer alone',
    access: roles('admin'),
    status: 201,
    answer: madeSchema,
    problems: ['invalid', 'unprocessable'],
  })
  async create(
    @Body({ schema: contentSchema }) { name, role, owner: given, reason }: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const owner = given ?? (isPerson(actor.id) ? actor.id : null);
    const made = await this.keys.create({ name, role, owner }, { by: actor.id, reason, now: this.clock.now() });
    if (made === null)
      throw new Problem('unprocessable', undefined, {
        errors: [{ pointer: '/owner', detail: `is nobody who may sign in and act as ${role}` }],
      });
    return { ...made, name, role };
  }

  @Post(':id/revoke')
  @Endpoint({
    summary: 'Revoke a key for good; every process refuses it within 5 s',
    access: roles('admin'),
    answer: keySchema,
    problems: ['invalid', 'not_found'],
  })
  async revoke(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: revocationSchema }) { reason }: z.infer<typeof revocationSchema>,
    @CurrentActor() actor: Actor,
  ) {
    return found(await this.keys.revoke(id, { by: actor.id, reason, now: this.clock.now() }), 'key');
  }
}
