/**
 * Settlements of providers: fetched or uploaded, every version kept, and matched with what was earned and what the ledger paid.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiProduces } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Config, ProviderConfig } from '../../config.js';
import { dayOf, daySchema } from '../../domain/ledger/settlement.js';
import type { Actor } from '../../storage/keys.store.js';
import type { RefusedRow } from '../../storage/listed-rows.js';
import { SettlementDaysStore } from '../../storage/settlement-days.store.js';
import { SettlementFilesStore } from '../../storage/settlement-files.store.js';
import { SettlementMatchStore } from '../../storage/settlement-match.store.js';
import { bodyOf } from '../files/body.js';
import { TABLES, XLSX_TYPE, type TableKind } from '../files/table.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { readCursor, readNumberCursor, toPage } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { refusedCsv } from '../http/refused-csv.js';
import { fileKind } from '../http/text-file.js';
import { CLOCK, CONFIG, SETTLEMENT_SOURCE, type Clock, type SettlementSource } from '../ports.js';
import { SettlementReader } from './settlement-file.js';
import {
  dayCursor,
  dayPageSchema,
  daysQuerySchema,
  filePageSchema,
  keptSchema,
  matchedSchema,
  matchPageSchema,
  ofDaysQuerySchema,
  presentDay,
  providerSchema,
  readDayCursor,
  uploadQuerySchema,
} from './settlements.dto.js';

const READERS = roles('finance', 'operator', 'admin');
const FINANCE = roles('finance', 'admin');
const FORMAT =
  'CSV (charset parameter utf-8, with or without BOM, or euc-kr), or the first visible sheet of an XLSX workbook, with the columns key, reference, amount (minor units, a reversal negative), currency and paid_at in any order.';
const ofProvider = { schema: providerSchema };
const ofDay = { schema: daySchema };
type OfDaysQuery = z.infer<typeof ofDaysQuerySchema>;

@Controller('v1/ledger')
export class SettlementsController {
  constructor(
    private readonly days: SettlementDaysStore,
    private readonly files: SettlementFilesStore,
    private readonly matches: SettlementMatchStore,
    @Inject(SETTLEMENT_SOURCE) private readonly source: SettlementSource,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('settlement-days')
  @Endpoint({
    summary:
      'Days of providers, the newest first: the settlement in force, its match, what is open, and sums by currency',
    description: 'Listed is each day on which the ledger has a payment of the provider, or that has a settlement.',
    access: READERS,
    answer: dayPageSchema,
    problems: ['invalid'],
  })
  async listDays(@Query({ schema: daysQuerySchema }) { cursor, ...query }: z.infer<typeof daysQuerySchema>) {
    const rows = await this.days.list({ ...query, after: readDayCursor(cursor) });
    return toPage(rows, query.limit, dayCursor, presentDay);
  }

  @Get('settlements')
  @Endpoint({
    summary: 'Settlements by day, every version, the newest first',
    access: READERS,
    answer: filePageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: ofDaysQuerySchema }) { provider, day, cursor, limit }: OfDaysQuery) {
    const rows = await this.files.list({ provider, day }, { after: readCursor(cursor), limit });
    return toPage(
      rows,
      limit,
      ({ id }) => id,
      (row) => row,
    );
  }

  @Post('settlements/:provider/:day')
  @ApiConsumes('text/csv', XLSX_TYPE)
  @Endpoint({
    summary: 'A file becomes the settlement of a provider’s day, all of it or nothing; or a preview of that',
    description: `${FORMAT} The same bytes again change nothing; other ones become the next version.`,
    access: FINANCE,
    answer: keptSchema,
    problems: ['invalid', 'not_found', 'slow', 'media_type', 'too_large', 'unprocessable'],
  })
  async upload(
    @Param('provider', ofProvider) name: string,
    @Param('day', ofDay) day: string,
    @Query({ schema: uploadQuerySchema }) query: z.infer<typeof uploadQuerySchema>,
    @Req() request: Request,
    @CurrentActor() actor: Actor,
  ) {
    const { zone } = this.providerOf(name, day);
    const kind = fileKind(request, TABLES, `text/csv or ${XLSX_TYPE}`);
    const preview = query.preview === 'true';
    return await this.keep({ provider: name, day, zone, source: 'uploaded' }, request, { kind, preview, actor });
  }

  @Post('settlements/:provider/:day/refused')
  @ApiConsumes('text/csv', XLSX_TYPE)
  @ApiProduces('text/csv')
  @Endpoint({
    summary: 'Every row of a file that cannot be read, with its line and the reason, as CSV; nothing is kept',
    description: FORMAT,
    access: FINANCE,
    problems: ['invalid', 'not_found', 'slow', 'media_type', 'too_large', 'unprocessable'],
  })
  async refused(
    @Param('provider', ofProvider) name: string,
    @Param('day', ofDay) day: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    const { zone } = this.providerOf(name, day);
    const kind = fileKind(request, TABLES, `text/csv or ${XLSX_TYPE}`);
    const reader = new SettlementReader(bodyOf(request, kind), kind, zone);
    const pages = reader.refused();
    const first = await pages.next(); // a file that is none is refused before anything is answered
    async function* all(): AsyncGenerator<RefusedRow[]> {
      if (first.done) return;
      yield first.value;
      yield* pages;
    }
    response.setHeader('content-type', 'text/csv; charset=utf-8');
    await pipeline(Readable.from(refusedCsv(all())), response);
  }

  @Post('settlements/:provider/:day/fetch')
  @Endpoint({
    summary: 'The provider is asked for the settlement of a day',
    access: FINANCE,
    answer: keptSchema,
    problems: ['invalid', 'not_found', 'conflict', 'too_large', 'unprocessable', 'unavailable'],
  })
  async fetch(
    @Param('provider', ofProvider) name: string,
    @Param('day', ofDay) day: string,
    @CurrentActor() actor: Actor,
  ) {
    const { zone, settlement } = this.providerOf(name, day);
    if (!settlement) throw new Problem('conflict', 'The provider offers no settlements: upload them.');
    const reply = await this.source.fetch(name, day, await this.files.signatureTime());
    switch (reply.kind) {
      case 'absent':
        throw new Problem('not_found', 'The provider has no settlement of that day.');
      case 'refused':
        throw new Problem('conflict', `The provider refused it with status ${reply.status}.`);
      case 'unanswered':
        throw new Problem('unavailable', 'The provider does not answer.');
      case 'file': {
        const terms = { kind: { format: 'csv', charset: 'utf-8' } as const, preview: false, actor };
        return await this.keep({ provider: name, day, zone, source: 'fetched' }, reply.bytes, terms);
      }
      default:
        return reply satisfies never;
    }
  }

  @Post('settlements/:provider/:day/match')
  @Endpoint({
    summary:
      'Match a day: what was earned, what the ledger paid, and the settlement in force; again, it changes nothing',
    access: FINANCE,
    answer: matchedSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async match(
    @Param('provider', ofProvider) name: string,
    @Param('day', ofDay) day: string,
    @CurrentActor() actor: Actor,
  ) {
    const { zone } = this.providerOf(name, day);
    const matched = await this.matches.match({ provider: name, day, zone }, { by: actor.id, now: this.clock.now() });
    if (!matched) throw new Problem('conflict', 'There is no settlement of that day yet: fetch or upload it.');
    return matched;
  }

  @Get('matches')
  @Endpoint({
    summary: 'Matches that found something else than those before them, the newest first',
    access: READERS,
    answer: matchPageSchema,
    problems: ['invalid'],
  })
  async listMatches(@Query({ schema: ofDaysQuerySchema }) { provider, day, cursor, limit }: OfDaysQuery) {
    const rows = await this.matches.list({ provider, day, before: readNumberCursor(cursor), limit });
    return toPage(
      rows,
      limit,
      ({ no }) => String(no),
      (row) => row,
    );
  }

  /** Errors: 404 where nobody has configured it; 400 for a day that has not come there. */
  private providerOf(name: string, day: string): ProviderConfig {
    const provider = found(
      this.config.providers.find((one) => one.name === name),
      'provider',
    );
    if (day > dayOf(this.clock.now(), provider.zone))
      throw new Problem('invalid', undefined, { errors: [{ parameter: 'day', detail: 'has not come yet' }] });
    return provider;
  }

  private async keep(
    of: Parameters<SettlementFilesStore['keep']>[0],
    bytes: AsyncIterable<Uint8Array>,
    { kind, preview, actor }: { kind: TableKind; preview: boolean; actor: Actor },
  ) {
    const reader = new SettlementReader(bodyOf(bytes, kind), kind, of.zone);
    const file = { rows: reader.rows(), sha256: () => reader.sha256(), preview };
    const kept = await this.files.keep(of, file, { by: actor.id, now: this.clock.now() });
    return { ...kept, head: preview ? { header: reader.head.header, rows: reader.head.rows } : null };
  }
}
