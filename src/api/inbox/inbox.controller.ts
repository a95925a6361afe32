/**
 * The in-app inbox for the bank's own apps: what may be shown to a customer now, and what the customer did with it, told as ordinary events so that
 * waits and segments can ask for them.
 */
import { Body, Controller, Get, Inject, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';
import { InboxCopies } from '../../storage/inbox-copy.store.js';
import { InboxStore, type InboxEntry } from '../../storage/inbox.store.js';
import { ofCustomer } from '../../storage/ingestion.store.js';
import { EventQueue } from '../events/event-queue.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const instant = z.iso.datetime();
const inboxSchema = z
  .object({
    customer: z.string(),
    entries: z.array(
      z.object({
        id: z.string(),
        channel: z.enum(['banner', 'popup']),
        purpose: z.enum(['advertising', 'information']),
        title: z.string().nullable(),
        body: z.string(),
        campaign: z.string(),
        run: z.string(),
        node: z.string(),
        template: z.string().describe('key@version'),
        placedAt: instant,
        validTo: instant.describe('exclusive'),
      }),
    ),
  })
  .meta({ id: 'Inbox', description: 'at most 50, the newest first' });

const toldSchema = z
  .strictObject({
    events: z
      .array(
        z.strictObject({
          message: z.string().min(1).max(128).describe('the entry’s id'),
          event: z.enum(['impression', 'click', 'dismiss']),
          id: z
            .string()
            .min(1)
            .max(60)
            .optional()
            .describe('tells several of one kind apart; without it each counts once'),
        }),
      )
      .min(1)
      .max(100),
  })
  .meta({ id: 'InboxEvents' });
const acceptedSchema = z.object({ accepted: z.int() }).meta({ id: 'InboxEventsAccepted' });

@Controller('v1/inbox')
export class InboxController {
  constructor(
    private readonly inbox: InboxStore,
    private readonly copies: InboxCopies,
    private readonly queue: EventQueue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':customer')
  @Endpoint({
    summary: 'Banners and popups that may be shown to the customer now',
    description: 'The header X-Inbox-Read says whether a copy was believed (`copy`) or Postgres read (`store`).',
    access: roles('app', 'operator', 'admin'),
    answer: inboxSchema,
    problems: ['invalid', 'not_found'],
  })
  async show(
    @Param('customer', { schema: customerIdSchema }) customer: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const now = this.clock.now();
    const versions = found(await this.inbox.versions(customer), 'customer');
    const copied = await this.copies.find(customer, versions);
    const entries = copied ?? (await this.inbox.entries(customer, now));
    if (!copied) await this.copies.keep(customer, versions, entries);
    response.setHeader('X-Inbox-Read', copied ? 'copy' : 'store');
    return { customer, entries: entries.filter(({ notAfter }) => now < notAfter).map(presented) };
  }

  @Post(':customer/events')
  @Endpoint({
    summary:
      'What the customer did: events inbox_impression, inbox_click and inbox_dismiss; a dismissed entry is shown no more',
    access: roles('app', 'admin'),
    answer: acceptedSchema,
    problems: ['invalid', 'not_found'],
  })
  async tell(
    @Param('customer', { schema: customerIdSchema }) customer: string,
    @Body({ schema: toldSchema }) { events }: z.infer<typeof toldSchema>,
  ) {
    found(await this.inbox.versions(customer), 'customer');
    const owned = await this.inbox.owned(
      customer,
      events.map(({ message }) => message),
    );
    const errors = events.flatMap(({ message }, n) =>
      owned.has(message) ? [] : [{ pointer: `/events/${n}/message`, detail: 'is no entry of this customer’s inbox' }],
    );
    if (errors.length > 0) throw new Problem('invalid', undefined, { errors });
    const now = this.clock.now();
    const dismissed = events.filter(({ event }) => event === 'dismiss').map(({ message }) => message);
    if (dismissed.length > 0) {
      await this.inbox.dismiss(customer, dismissed, now);
      await this.copies.forget([customer]);
    }
    await this.queue.append(
      events.map(({ message, event, id = '' }) =>
        ofCustomer({
          messageId: `inbox/${event}/${id}/${message}`,
          customerId: customer,
          name: `inbox_${event}`,
          occurredAt: now,
          receivedAt: now,
          properties: { message, ...owned.get(message) },
        }),
      ),
    );
    return { accepted: events.length };
  }
}

const presented = ({ placedAt, notAfter, ...entry }: InboxEntry) => ({
  ...entry,
  placedAt: new Date(placedAt).toISOString(),
  validTo: new Date(notAfter).toISOString(),
});
