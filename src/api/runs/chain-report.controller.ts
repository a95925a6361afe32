/**
 * One report over a chain of linked campaigns, from one run or from all runs of the campaign where it begins.
 */
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { keySchema } from '../../domain/base/keys.js';
import { ChainReportStore, type ChainSeed } from '../../storage/chain-report.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { chainReportOf, chainTable } from './chain-figures.js';
import { chainReportSchema } from './chain-report.dto.js';
import { sectionOf } from './report-cells.js';

const READERS = roles('marketer', 'approver', 'finance', 'operator', 'admin');
const AS_TABLE = 'as a table: UTF-8 with a byte order mark, formulas disarmed';

@Controller('v1')
export class ChainReportController {
  constructor(private readonly chains: ChainReportStore) {}

  @Get('campaigns/:key/chain-report')
  @Endpoint({
    summary: 'One report over the campaign and all that its links led to, of all its runs',
    access: READERS,
    answer: chainReportSchema,
    problems: ['invalid', 'not_found'],
  })
  async ofCampaign(@Param('key', { schema: keySchema }) campaign: string) {
    return { run: null, campaign, ...(await this.report({ campaign }, 'campaign')) };
  }

  @Get('campaigns/:key/chain-report.csv')
  @Endpoint({
    summary: `The chain of the campaign ${AS_TABLE}`,
    access: READERS,
    problems: ['invalid', 'not_found'],
  })
  async tableOfCampaign(
    @Param('key', { schema: keySchema }) campaign: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return attached(response, campaign, chainTable(await this.report({ campaign }, 'campaign')));
  }

  @Get('runs/:run/chain-report')
  @Endpoint({
    summary: 'One report over the run and all that its links led to',
    access: READERS,
    answer: chainReportSchema,
    problems: ['not_found'],
  })
  async ofRun(@Param('run') run: string) {
    return { run, campaign: null, ...(await this.report({ run }, 'run')) };
  }

  @Get('runs/:run/chain-report.csv')
  @Endpoint({ summary: `The chain of the run ${AS_TABLE}`, access: READERS, problems: ['not_found'] })
  async tableOfRun(@Param('run') run: string, @Res({ passthrough: true }) response: Response) {
    return attached(response, run, chainTable(await this.report({ run }, 'run')));
  }

  private async report(seed: ChainSeed, what: string) {
    return chainReportOf(found(await this.chains.read(seed, sectionOf), what));
  }
}

function attached(response: Response, name: string, table: string): string {
  response.type('text/csv').setHeader('Content-Disposition', `attachment; filename="chain-${name}.csv"`);
  return table;
}
