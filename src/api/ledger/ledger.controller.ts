/**
 * The ledger as finance reads it: the trial balance and each account as of a past moment or day, the entries behind every number, and
 * where the chain ends.
 */
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { BooksStore } from '../../storage/books.store.js';
import { LedgerSealsStore } from '../../storage/ledger-seals.store.js';
import { SignedHeadsStore } from '../../storage/signed-heads.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readNumberCursor, toPage, type PageQuery } from '../http/page.js';
import { found } from '../http/problem.js';
import {
  accountSchema,
  asOfQuerySchema,
  byCurrency,
  entriesQuerySchema,
  entryPageSchema,
  placeOf,
  presentEntry,
  presentTotals,
  readAsOf,
  readPlace,
  trialBalanceQuerySchema,
  trialBalanceSchema,
  trialBalanceTable,
  type AsOfQuery,
} from './books.dto.js';

const READERS = roles('finance', 'operator', 'admin');

const headSchema = z
  .object({
    no: z.int().meta({ description: 'Seals so far; 0 before the first.' }),
    hash: z.string().meta({ description: 'SHA-256 of the last seal, in hex; zeros before the first.' }),
    sealedAt: z.iso.datetime().nullable().meta({ description: 'By the database’s clock.' }),
    unsealed: z.int().meta({ description: 'Transfers that the next batch will seal.' }),
  })
  .meta({ id: 'LedgerHead' });

const signedHeadsSchema = pageOf(
  z
    .object({
      no: z.int(),
      statement: z.string().meta({ description: 'What is signed, in UTF-8; its members are in docs/ledger.md.' }),
      signatures: z.record(z.string(), z.string()).meta({ description: 'Base64 by the id of the key.' }),
    })
    .meta({ id: 'SignedHead' }),
).meta({ id: 'SignedHeadPage' });

type TrialBalanceQuery = z.infer<typeof trialBalanceQuerySchema>;

@Controller('v1/ledger')
export class LedgerController {
  constructor(
    private readonly seals: LedgerSealsStore,
    private readonly books: BooksStore,
    private readonly signedHeads: SignedHeadsStore,
  ) {}

  @Get('head')
  @Endpoint({
    summary: 'The end of the chain over all transfers; kept elsewhere, it shows whether the past was changed',
    access: READERS,
    answer: headSchema,
  })
  async head() {
    const { no, hash, sealedAt, unsealed } = await this.seals.head();
    return { no, hash: hash.toString('hex'), sealedAt, unsealed };
  }

  @Get('heads')
  @Endpoint({
    summary:
      'Signed ends of the chain, and the keys that sign them, oldest first: the lines that leave for the file and the webhook',
    access: READERS,
    answer: signedHeadsSchema,
    problems: ['invalid'],
  })
  async heads(@Query({ schema: pageQuerySchema }) { limit, cursor }: PageQuery) {
    const rows = await this.signedHeads.after(readNumberCursor(cursor) ?? 0, limit + 1);
    return toPage(
      rows,
      limit,
      ({ no }) => String(no),
      (row) => row,
    );
  }

  @Get('trial-balance')
  @Endpoint({
    summary: 'Every account as of a moment or day: per currency, debits and credits are equal',
    access: READERS,
    answer: trialBalanceSchema,
    problems: ['invalid'],
  })
  async trialBalance(@Query({ schema: trialBalanceQuerySchema }) query: TrialBalanceQuery) {
    const rows = await this.books.totals(readAsOf(query), query);
    const currencies = byCurrency(rows).map((section) => ({
      ...section,
      accounts: section.accounts.map(presentTotals),
    }));
    return { by: query.by, at: query.at ?? null, currencies };
  }

  @Get('trial-balance.csv')
  @Endpoint({
    summary: 'The trial balance as a table for a spreadsheet: UTF-8 with a byte order mark',
    access: READERS,
    problems: ['invalid'],
  })
  async trialBalanceTable(
    @Query({ schema: trialBalanceQuerySchema }) query: TrialBalanceQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    const table = trialBalanceTable(await this.books.totals(readAsOf(query), query));
    response.type('text/csv').setHeader('Content-Disposition', 'attachment; filename="trial-balance.csv"');
    return table;
  }

  @Get('accounts/:key')
  @Endpoint({
    summary: 'One account as of a moment or day',
    access: READERS,
    answer: accountSchema,
    problems: ['invalid', 'not_found'],
  })
  async account(@Param('key') key: string, @Query({ schema: asOfQuerySchema }) query: AsOfQuery) {
    const asOf = readAsOf(query);
    const account = found(await this.books.account(key), 'account');
    const [totals = { ...account, debits: 0, credits: 0, entries: 0 }] = await this.books.totals(asOf, {
      account: key,
    });
    return { by: query.by, at: query.at ?? null, currency: account.currency, ...presentTotals(totals) };
  }

  @Get('accounts/:key/entries')
  @Endpoint({
    summary: 'The entries of an account in the order of their booking, each with the account’s totals so far',
    access: READERS,
    answer: entryPageSchema,
    problems: ['invalid', 'not_found'],
  })
  async entries(
    @Param('key') key: string,
    @Query({ schema: entriesQuerySchema }) query: z.infer<typeof entriesQuerySchema>,
  ) {
    const asOf = readAsOf(query);
    const after = readPlace(query.cursor);
    found(await this.books.account(key), 'account');
    const rows = await this.books.entries(key, asOf, { after, limit: query.limit });
    return toPage(rows, query.limit, placeOf, presentEntry);
  }
}
