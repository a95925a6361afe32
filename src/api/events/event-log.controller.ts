/**
 * Events as they came in, for whoever looks whether a source tells what it should: who by id, what by name, when, and what it did. Never what stood in
 * it: properties may be personal data, and are nobody's to leaf through.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { EventLogStore, type LoggedEvent } from '../../storage/event-log.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readNumberCursor, toPage, writeCursor } from '../http/page.js';

const time = z.iso.datetime();
const querySchema = pageQuerySchema.extend({
  customer: z.string().min(1).max(64).optional().describe('only of this customer'),
  name: z.string().min(1).max(100).optional().describe('only of this name'),
});
const wait = z.object({ run: z.string(), node: z.string().describe('the wait') });
const eventPageSchema = pageOf(
  z
    .object({
      no: z.int().describe('in the order in which they came'),
      messageId: z.string(),
      customer: z.string(),
      name: z.string().describe('identify, page, screen and alias are names, too'),
      occurredAt: time.describe('business time, corrected for the clock of the source'),
      receivedAt: time.describe('business time'),
      answered: z.array(wait).describe('waits that it answered'),
      late: z.array(wait).describe('waits for which it came too late: finance decides'),
      entered: z.array(z.string()).describe('runs that it let the customer into'),
    })
    .meta({ id: 'LoggedEvent' }),
).meta({ id: 'LoggedEventPage' });

const present = ({ customerId: customer, occurredAt, receivedAt, ...event }: LoggedEvent) => ({
  ...event,
  customer,
  occurredAt: occurredAt.toISOString(),
  receivedAt: receivedAt.toISOString(),
});

@Controller('v1/events')
export class EventLogController {
  constructor(private readonly events: EventLogStore) {}

  @Get()
  @Endpoint({
    summary: 'Events as they came in, the newest first, and what each of them did; never what stood in them',
    description: 'By a name that is rare, a page may be short, or empty, although `next` leads on.',
    access: roles('operator', 'admin'),
    answer: eventPageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: querySchema }) { limit, cursor, ...only }: z.infer<typeof querySchema>) {
    const { rows, lookedTo } = await this.events.list({ before: readNumberCursor(cursor), limit, ...only });
    const page = toPage(rows, limit, ({ no }) => String(no), present);
    return { ...page, next: page.next ?? (lookedTo && writeCursor(String(lookedTo))) };
  }
}
