/**
 * The audit log as it is read: who did what, when and why, each line with its seal in the chain.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { AuditLogStore } from '../../storage/audit-log.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readNumberCursor, toPage } from '../http/page.js';

const READERS = roles('finance', 'operator', 'admin');

const text = z
  .string()
  .min(1)
  .max(500)
  .refine((value) => !value.includes('\0'), 'has a character that is none');
const querySchema = pageQuerySchema.extend({
  actor: text.optional().meta({ description: 'Id of the person, or of a key of nobody’s.' }),
  action: text.optional().meta({ description: 'An action, such as payout.reissue, or all of a family: payout.' }),
  subject: text.optional().meta({ description: 'A path, such as budget/spring, with all beneath it.' }),
  from: instantSchema.optional().meta({ description: 'Business time, included.' }),
  to: instantSchema.optional().meta({ description: 'Business time, not included.' }),
});

const lineSchema = z
  .object({
    no: z.int(),
    at: z.iso.datetime().describe('business time'),
    actor: z.string().describe('id of the person, or of a key of nobody’s'),
    actorName: z.string().nullable().describe('what they are called now'),
    action: z.string(),
    subject: z.string().describe('path of what was changed'),
    reason: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    seal: z
      .object({ no: z.int(), hash: z.string().describe('SHA-256 in hex') })
      .nullable()
      .describe('null until it is sealed, 60 s later at most'),
  })
  .meta({ id: 'AuditLine' });
const headSchema = z
  .object({
    no: z.int().describe('seals so far; 0 before the first'),
    hash: z.string().describe('SHA-256 of the last seal, in hex; zeros before the first'),
    sealedAt: z.iso.datetime().nullable().describe('by the database’s clock'),
    unsealed: z.int().describe('lines that the next batch will seal'),
  })
  .meta({ id: 'AuditLogHead' });

@Controller('v1/audit-log')
export class AuditLogController {
  constructor(private readonly log: AuditLogStore) {}

  @Get()
  @Endpoint({
    summary: 'Every change, the newest first: who, what, why, before and after, and its seal',
    access: READERS,
    answer: pageOf(lineSchema).meta({ id: 'AuditLinePage' }),
    problems: ['invalid'],
  })
  async list(@Query({ schema: querySchema }) { limit, cursor, from, to, ...by }: z.infer<typeof querySchema>) {
    const filter = {
      ...by,
      from: from === undefined ? from : new Date(from),
      to: to === undefined ? to : new Date(to),
    };
    const lines = await this.log.list(filter, { before: readNumberCursor(cursor), limit });
    return toPage(
      lines,
      limit,
      ({ no }) => String(no),
      (line) => line,
    );
  }

  @Get('head')
  @Endpoint({
    summary: 'The end of the chain over all lines; kept elsewhere, it shows whether the past was changed',
    access: READERS,
    answer: headSchema,
  })
  async head() {
    const { no, hash, sealedAt, unsealed } = await this.log.head();
    return { no, hash: hash.toString('hex'), sealedAt, unsealed };
  }
}
