/**
 * What customers have to be told about their consents (the result of a change within 14 days, the consent itself every two years), and that
 * they were.
 */
import { Body, Controller, Get, Inject, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ConsentsStore, type ConsentKey } from '../../storage/consents.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { otherCursor, readCursor, toPage } from '../http/page.js';
import { Problem, type FieldFault } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';
import { duePageSchema, dueQuerySchema, noticesResultSchema, noticesSchema } from './consents.dto.js';

@Controller('v1/consents')
export class ConsentsController {
  constructor(
    private readonly consents: ConsentsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('due')
  @Endpoint({
    summary: 'Consents whose result or renewal is to be told, the earliest first',
    access: roles('operator', 'admin'),
    answer: duePageSchema,
    problems: ['invalid'],
  })
  async due(@Query({ schema: dueQuerySchema }) query: z.infer<typeof dueQuerySchema>) {
    const now = this.clock.now();
    const before = query.before === undefined ? now : Date.parse(query.before);
    const rows = await this.consents.due(query.kind, before, cursorOf(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      ({ dueAt, customer, channel, purpose }) => [dueAt.toISOString(), customer, channel, purpose].join(' '),
      (row) => ({ ...row, overdue: row.dueAt.getTime() <= now }),
    );
  }

  @Post('notices')
  @Endpoint({
    summary: 'Record that customers were told; all or none',
    access: roles('operator', 'admin'),
    answer: noticesResultSchema,
    problems: ['invalid', 'unprocessable'],
  })
  async recordNotices(
    @Body({ schema: noticesSchema }) body: z.infer<typeof noticesSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const now = this.clock.now();
    const told = body.notices.map(({ toldAt, ...notice }) => ({
      ...notice,
      toldAt: toldAt === undefined ? now : Date.parse(toldAt),
    }));
    const future = told.flatMap(({ toldAt }, index) => (toldAt > now ? [{ index, detail: 'lies in the future' }] : []));
    const faults = future.length > 0 ? future : await this.consents.recordNotices(told, { by: actor.id, now });
    if (faults.length === 0) return { recorded: told.length };
    const errors = faults
      .slice(0, 100)
      .map(({ index, detail }): FieldFault => ({ pointer: `/notices/${index}`, detail }));
    throw new Problem('unprocessable', 'Nothing was recorded.', { errors });
  }
}

function cursorOf(text: string | undefined): { dueAt: Date; key: ConsentKey } | null {
  const cursor = readCursor(text);
  if (cursor === '') return null;
  const [at = '', customer, channel, purpose, ...more] = cursor.split(' ');
  if (Number.isNaN(Date.parse(at)) || !customer || !channel || !purpose || more.length > 0) {
    throw otherCursor();
  }
  return { dueAt: new Date(at), key: { customer, channel, purpose } };
}
