/**
 * The catalogue of segment rules as an answer, with the names that have been seen lately: what a rule editor offers.
 */
import { Controller, Get } from '@nestjs/common';
import { describeCatalogue } from '../../domain/segment/describe.js';
import { SeenFieldsStore } from '../../storage/seen-fields.store.js';
import { SegmentSources } from '../../storage/segment-sources.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { fieldsSchema } from './segments.dto.js';

@Controller('v1/segment-fields')
export class SegmentFieldsController {
  constructor(
    private readonly seen: SeenFieldsStore,
    private readonly sources: SegmentSources,
  ) {}

  @Get()
  @Endpoint({
    summary: 'What a segment rule may name, and by which operators it is compared',
    access: roles('marketer', 'approver', 'operator', 'admin'),
    answer: fieldsSchema,
  })
  async fields() {
    return { fields: describeCatalogue(), seen: await this.seen.read(), sources: this.sources.describe() };
  }
}
