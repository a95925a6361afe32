/**
 * Who may be sent tests of messages: people of the installation alone, at addresses that an administrator keeps. Nobody reads a whole address back.
 */
import { Body, Controller, Get, Inject, Param, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { masked, RECIPIENTS_MAX, TEST_ADDRESSES } from '../../domain/offer/test-message.js';
import type { Actor } from '../../storage/keys.store.js';
import { TestRecipientsStore, type TestRecipient } from '../../storage/test-recipients.store.js';
import { addressesSchema } from '../customers/customers.dto.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const { push, phone, email } = addressesSchema.shape;
const contentSchema = z
  .strictObject({
    addresses: z
      .strictObject({ push: push.unwrap().unwrap(), phone: phone.unwrap().unwrap(), email: email.unwrap().unwrap() })
      .partial()
      .refine((given) => Object.keys(given).length > 0, 'has one address at least'),
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: 'TestRecipientContent' });
const removalSchema = z
  .strictObject({ reason: z.string().trim().min(1).max(500) })
  .meta({ id: 'TestRecipientRemoval' });
const recipientSchema = z
  .object({
    person: z.string(),
    name: z.string(),
    addresses: z.partialRecord(z.enum(TEST_ADDRESSES), z.string()).describe('masked'),
    keptBy: z.string(),
    keptAt: z.iso.datetime(),
  })
  .meta({ id: 'TestRecipient' });
const recipientsSchema = z
  .object({ recipients: z.array(recipientSchema), max: z.int() })
  .meta({ id: 'TestRecipients' });
const removedSchema = z.object({ person: z.string() }).meta({ id: 'TestRecipientRemoved' });

const present = ({ addresses, ...recipient }: TestRecipient) => ({
  ...recipient,
  addresses: Object.fromEntries(
    TEST_ADDRESSES.flatMap((kind) => {
      const address = addresses[kind];
      return address === undefined ? [] : [[kind, masked(kind, address)]];
    }),
  ),
});

@Controller('v1/test-recipients')
export class TestRecipientsController {
  constructor(
    private readonly recipients: TestRecipientsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Who may be sent tests of messages, by name; addresses are masked',
    access: roles('marketer', 'admin'),
    answer: recipientsSchema,
  })
  async list() {
    return { recipients: (await this.recipients.list()).map(present), max: RECIPIENTS_MAX };
  }

  @Put(':person')
  @Endpoint({
    summary: 'Let a person, by id or account, be sent tests of messages at these addresses',
    access: roles('admin'),
    answer: recipientSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async put(
    @Param('person') person: string,
    @Body({ schema: contentSchema }) { addresses, reason }: z.infer<typeof contentSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const kept = await this.recipients.put(person, addresses, { by: actor.id, now: this.clock.now(), reason });
    if (kept === 'full') throw new Problem('conflict', `There are ${RECIPIENTS_MAX} already: remove one first.`);
    return present(found(kept === 'nobody' ? null : kept, 'person'));
  }

  @Post(':person/remove')
  @Endpoint({
    summary: 'Send a person no tests any more',
    access: roles('admin'),
    answer: removedSchema,
    problems: ['invalid', 'not_found'],
  })
  async remove(
    @Param('person') person: string,
    @Body({ schema: removalSchema }) { reason }: z.infer<typeof removalSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const removed = await this.recipients.remove(person, { by: actor.id, now: this.clock.now(), reason });
    return { person: found(removed, 'recipient') };
  }
}
