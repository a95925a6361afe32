/**
 * The ledger's chain as finance sees it: where it ends, and how much is not in it yet.
 */
import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { LedgerSealsStore } from '../../storage/ledger-seals.store.js';
import { Endpoint, roles } from '../http/endpoint.js';

const headSchema = z
  .object({
    no: z.int().meta({ description: 'Seals so far; 0 before the first.' }),
    hash: z.string().meta({ description: 'SHA-256 of the last seal, in hex; zeros before the first.' }),
    sealedAt: z.iso.datetime().nullable().meta({ description: 'By the database’s clock.' }),
    unsealed: z.int().meta({ description: 'Transfers that the next batch will seal.' }),
  })
  .meta({ id: 'LedgerHead' });

@Controller('v1/ledger')
export class LedgerController {
  constructor(private readonly seals: LedgerSealsStore) {}

  @Get('head')
  @Endpoint({
    summary: 'The end of the chain over all transfers; kept elsewhere, it shows whether the past was changed',
    access: roles('finance', 'operator', 'admin'),
    answer: headSchema,
  })
  async head() {
    const { no, hash, sealedAt, unsealed } = await this.seals.head();
    return { no, hash: hash.toString('hex'), sealedAt, unsealed };
  }
}
