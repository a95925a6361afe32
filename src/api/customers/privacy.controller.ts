/**
 * What a customer may ask for: their consents with the history, everything that is kept about them, and to be erased.
 */
import { Body, Controller, Get, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';
import { ConsentsStore } from '../../storage/consents.store.js';
import { CustomerPrivacyStore } from '../../storage/customer-privacy.store.js';
import { CustomersStore } from '../../storage/customers.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { customerConsentsSchema } from '../consents/consents.dto.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';
import { reasonSchema } from './customers.dto.js';

const exportSchema = z
  .record(z.string(), z.array(z.record(z.string(), z.unknown())))
  .meta({ id: 'CustomerExport', description: 'By kind, the rows as they are stored.' });
const eraseSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'CustomerErasure' });
const erasedSchema = z
  .object({ customer: z.string(), erasedAt: z.iso.datetime(), messages: z.int(), events: z.int() })
  .meta({ id: 'CustomerErased' });

@Controller('v1/customers')
export class CustomerPrivacyController {
  constructor(
    private readonly consents: ConsentsStore,
    private readonly customers: CustomersStore,
    private readonly privacy: CustomerPrivacyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':id/consents')
  @Endpoint({
    summary: 'The consents of a customer: what stands, every change, what was told',
    access: roles('marketer', 'operator', 'admin'),
    answer: customerConsentsSchema,
    problems: ['invalid', 'not_found'],
  })
  async listConsents(@Param('id', { schema: customerIdSchema }) id: string) {
    found(await this.customers.find(id), 'customer');
    const { standing, ...rest } = await this.consents.of(id);
    return { customer: id, standing: standing.map(({ customer: _, ...one }) => one), ...rest };
  }

  @Get(':id/export')
  @Endpoint({
    summary: 'Everything that is kept about a customer',
    access: roles('operator', 'admin'),
    answer: exportSchema,
    problems: ['invalid', 'not_found'],
  })
  async export(@Param('id', { schema: customerIdSchema }) id: string) {
    return found(await this.privacy.export(id), 'customer');
  }

  @Post(':id/erase')
  @Endpoint({
    summary: 'Erase who a customer is; contacts, decisions and money stay under the id',
    description:
      'Attributes, addresses, consents, texts of messages and properties of events are gone for ever, the status is withdrawn, and nothing goes out any more. Payouts that are open follow the campaign’s rule for withdrawn customers.',
    access: roles('operator', 'admin'),
    answer: erasedSchema,
    problems: ['invalid', 'not_found'],
  })
  async erase(
    @Param('id', { schema: customerIdSchema }) id: string,
    @Body({ schema: eraseSchema }) body: z.infer<typeof eraseSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const said = { by: actor.id, reason: body.reason, now: this.clock.now() };
    return { customer: id, ...found(await this.privacy.erase(id, said), 'customer') };
  }
}
