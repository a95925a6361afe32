/**
 * Calls, visits and letters for staff: lists as files, and what came of each line, told as ordinary events so that waits and branches can ask for it.
 */
import { Body, Controller, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import type { Response } from 'express';
import { z } from 'zod';
import { nodeIdSchema } from '../../domain/base/keys.js';
import type { Actor } from '../../storage/keys.store.js';
import { StaffListsStore, type ListLine } from '../../storage/staff-lists.store.js';
import { ofCustomer } from '../../storage/ingestion.store.js';
import { EventQueue } from '../events/event-queue.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const askedSchema = z.strictObject({ run: z.string().min(1).max(40) });
const listsSchema = z
  .object({
    lists: z.array(
      z.object({
        run: z.string(),
        node: z.string(),
        channel: z.enum(['call', 'visit', 'post']),
        day: z.iso.date().describe('of the hand-over, in the campaign’s zone'),
        entries: z.int(),
      }),
    ),
  })
  .meta({ id: 'StaffLists' });
const toldSchema = z
  .strictObject({
    outcomes: z
      .array(
        z.strictObject({ message: z.string().min(1).max(128), outcome: z.enum(['contacted', 'no_answer', 'refused']) }),
      )
      .min(1)
      .max(1_000),
  })
  .meta({ id: 'StaffOutcomes' });
const acceptedSchema = z.object({ accepted: z.int() }).meta({ id: 'StaffOutcomesAccepted' });

const STAFF_ROLES = roles('operator', 'admin');

@Controller('v1/staff-lists')
export class StaffListsController {
  constructor(
    private readonly lists: StaffListsStore,
    private readonly queue: EventQueue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'The lists of a run: one per send node and day',
    access: STAFF_ROLES,
    answer: listsSchema,
    problems: ['invalid', 'not_found'],
  })
  async list(@Query({ schema: askedSchema }) { run }: z.infer<typeof askedSchema>) {
    return { lists: found(await this.lists.ofRun(run), 'run') };
  }

  @Get(':run/:node/:day')
  @Endpoint({
    summary: 'A list as CSV, of those whom staff may reach now; the download is in the audit log',
    description:
      'UTF-8 with a byte order mark, formulas disarmed: a number that begins with + is led by an apostrophe.',
    access: STAFF_ROLES,
    problems: ['invalid', 'not_found'],
  })
  async download(
    @Param('run') run: string,
    @Param('node', { schema: nodeIdSchema }) node: string,
    @Param('day', { schema: z.iso.date() }) day: string,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    const said = { by: actor.id, now: this.clock.now() };
    const lines = found(await this.lists.download({ run, node, day }, said), 'list');
    response.type('text/csv').setHeader('Content-Disposition', `attachment; filename="${run}-${node}-${day}.csv"`);
    return toCsv(lines);
  }

  @Post(':run/outcomes')
  @Endpoint({
    summary: 'What came of lines: events staff_contacted, staff_no_answer and staff_refused, each once per message',
    access: STAFF_ROLES,
    answer: acceptedSchema,
    problems: ['invalid'],
  })
  async tell(
    @Param('run') run: string,
    @Body({ schema: toldSchema }) { outcomes }: z.infer<typeof toldSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const ids = outcomes.map(({ message }) => message);
    const owned = await this.lists.owned(run, ids);
    const errors = outcomes.flatMap(({ message }, n) =>
      owned.has(message) ? [] : [{ pointer: `/outcomes/${n}/message`, detail: 'is on no list of this run' }],
    );
    if (errors.length > 0) throw new Problem('invalid', undefined, { errors });
    const now = this.clock.now();
    const counts: Record<string, number> = {};
    for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
    await this.lists.recordTold(run, counts, { by: actor.id, now });
    await this.queue.append(
      outcomes.map(({ message, outcome }) => {
        const { customer: customerId, ...place } = owned.get(message) as NonNullable<ReturnType<typeof owned.get>>;
        const times = { occurredAt: now, receivedAt: now };
        const properties = { message, run, ...place };
        const messageId = `staff/${outcome}/${message}`;
        return ofCustomer({ messageId, customerId, name: `staff_${outcome}`, ...times, properties });
      }),
    );
    return { accepted: outcomes.length };
  }
}

const COLUMNS = ['message', 'customer', 'channel', 'address', 'title', 'text', 'purpose', 'valid_to'] as const;

function toCsv(lines: readonly ListLine[]): string {
  const rows = lines.map(({ validTo, ...line }) => ({
    ...line,
    title: line.title ?? '',
    valid_to: validTo.toISOString(),
  }));
  return stringify(rows, {
    header: true,
    columns: [...COLUMNS],
    bom: true,
    escape_formulas: true,
    quoted_string: true, // a lone line break inside a text would end its line
    record_delimiter: 'windows',
  });
}
