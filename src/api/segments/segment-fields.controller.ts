/**
 * The catalogue of segment rules as an answer, with the names that have been seen lately: what a rule editor offers.
 */
import { Controller, Get, Inject } from '@nestjs/common';
import type { Config } from '../../config.js';
import { describeCatalogue } from '../../domain/segment/describe.js';
import { SeenFieldsStore } from '../../storage/seen-fields.store.js';
import { SegmentSources } from '../../storage/segment-sources.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { CONFIG } from '../ports.js';
import { standingOf, type LakeStanding } from './lake-files.js';
import { fieldsSchema, segmentSourcesSchema } from './segments.dto.js';

const READERS = roles('marketer', 'approver', 'operator', 'admin');

@Controller('v1')
export class SegmentFieldsController {
  constructor(
    private readonly seen: SeenFieldsStore,
    private readonly sources: SegmentSources,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('segment-fields')
  @Endpoint({
    summary: 'What a segment rule may name, and by which operators it is compared',
    access: READERS,
    answer: fieldsSchema,
  })
  async fields() {
    return { fields: describeCatalogue(), seen: await this.seen.read(), sources: this.sources.describe() };
  }

  @Get('segment-sources')
  @Endpoint({
    summary: 'The lakes that segments are asked of, and as of when their files are',
    access: READERS,
    answer: segmentSourcesSchema,
  })
  async standing() {
    const items: LakeStanding[] = [];
    for (const source of this.config.sources) items.push(await standingOf(source));
    return { items };
  }
}
