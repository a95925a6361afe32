/**
 * Definitions as JSON Schema, for editors and other tools: made from the zod schemas by which the API parses them, like the OpenAPI document.
 * What must fit together beyond shapes is for POST /v1/campaigns/{key}/validate.
 */
import { Controller, Get, Header } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { z } from 'zod';
import { campaignSchema } from '../../domain/journey/definition.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { schemaDocument } from '../http/openapi.js';

const documentSchema = z.record(z.string(), z.unknown()).meta({ id: 'JsonSchema' });

@Controller('v1/schemas')
export class SchemasController {
  private readonly campaignDocument = schemaDocument(campaignSchema);

  @Get('campaign')
  @Header('Content-Type', 'application/schema+json')
  @ApiProduces('application/schema+json')
  @Endpoint({
    summary: 'A campaign as JSON Schema (2020-12)',
    access: roles('marketer', 'approver', 'finance', 'operator', 'admin'),
    answer: documentSchema,
  })
  campaign() {
    return this.campaignDocument;
  }
}
