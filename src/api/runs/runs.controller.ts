/**
 * Runs: their figures, their report, why a customer got what it got.
 */
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Config } from '../../config.js';
import { customerIdSchema } from '../../domain/base/keys.js';
import { decodeTrace, TRACE_CODES } from '../../domain/wave/trace.js';
import { MessagesReadStore, type MessageRow } from '../../storage/messages-read.store.js';
import { PayoutsReadStore } from '../../storage/payouts-read.store.js';
import { RunReportStore } from '../../storage/run-report.store.js';
import { RunsStore } from '../../storage/runs.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { readCursor, toPage } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';
import { presentPayout } from '../payouts/payouts.controller.js';
import { purposeOf, sectionOf, toCsv, totalsOf } from './report-cells.js';
import { presentRun } from './present-run.js';
import { reportOf } from './run-figures.js';
import {
  messagePageSchema,
  messageQuerySchema,
  READERS,
  reportSchema,
  runDetailSchema,
  runPageSchema,
  runQuerySchema,
  traceSchema,
} from './runs.dto.js';

const dayOf = (at: Date) => at.toISOString().slice(0, 10);
const presentMessage = ({ customerId, ...message }: MessageRow) => ({ ...message, customer: customerId });

@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunsStore,
    private readonly messages: MessagesReadStore,
    private readonly payouts: PayoutsReadStore,
    private readonly reports: RunReportStore,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({ summary: 'Runs, newest first', access: READERS, answer: runPageSchema, problems: ['invalid'] })
  async list(@Query({ schema: runQuerySchema }) query: z.infer<typeof runQuerySchema>) {
    const after = readCursor(query.cursor);
    if (after !== '' && Number.isNaN(Date.parse(after.split(' ', 1)[0] ?? ''))) {
      throw new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });
    }
    const rows = await this.runs.list({ ...query, after });
    return toPage(
      rows,
      query.limit,
      (row) => `${row.startedAt.toISOString()} ${row.id}`,
      (row) => row,
    );
  }

  @Get(':run')
  @Endpoint({
    summary:
      'One run as it is now, in one snapshot: both sums of every node, the funnel per wave, payouts by state, what is open',
    access: READERS,
    answer: runDetailSchema,
    problems: ['not_found'],
  })
  async find(@Param('run') id: string) {
    const snapshot = found(await this.runs.snapshot(id), 'run');
    return presentRun(snapshot, this.config.temporal, this.clock.now());
  }

  @Get(':run/report')
  @Endpoint({
    summary: 'The funnel per wave, by arm, label and offer too, beside why it was made; payouts by state, what is open',
    access: READERS,
    answer: reportSchema,
    problems: ['not_found'],
  })
  async report(@Param('run') id: string) {
    const whole = await this.reports.whole(id, ({ run, definition }) => sectionOf(run.version, definition));
    const { snapshot, cells } = found(whole, 'run');
    const { campaign, version, state, expiredAt } = snapshot.run;
    const why = purposeOf(snapshot.definition);
    const { businessEpoch } = snapshot;
    const figures = reportOf(snapshot);
    const waves = figures.waves.map((wave) => ({
      ...wave,
      ...(expiredAt ? { delivered: null, goal: null } : totalsOf(cells, wave.wave)),
    }));
    return { run: id, campaign, version, state, businessEpoch, expiredAt, why, ...figures, waves, ...cells };
  }

  @Get(':run/report.csv')
  @Endpoint({
    summary: 'The report by wave, arm, label and offer as a table: UTF-8 with a byte order mark, formulas disarmed',
    access: READERS,
    problems: ['not_found', 'conflict'],
  })
  async reportTable(@Param('run') id: string, @Res({ passthrough: true }) response: Response) {
    const { run, definition } = found(await this.runs.snapshot(id), 'run');
    if (run.expiredAt) throw new Problem('conflict', `what this table tells expired on ${dayOf(run.expiredAt)}`);
    response.type('text/csv').setHeader('Content-Disposition', `attachment; filename="report-${id}.csv"`);
    return toCsv(await this.reports.cells(id, sectionOf(run.version, definition)));
  }

  @Get(':run/customers/:id')
  @Endpoint({
    summary: 'Why this customer got what it got: every decision in order',
    access: roles('marketer', 'finance', 'operator', 'admin'),
    answer: traceSchema,
    problems: ['invalid', 'not_found'],
  })
  async trace(@Param('run') run: string, @Param('id', { schema: customerIdSchema }) customer: string) {
    const { customerId, ...participant } = found(await this.messages.participant(run, customer), 'participant');
    const [trace, messages, responses, payouts] = await Promise.all([
      this.messages.trace(run, customer),
      this.messages.ofCustomer(run, customer),
      this.messages.responses(run, customer),
      this.payouts.ofCustomer(run, customer),
    ]);
    return {
      run,
      customer: customerId,
      ...participant,
      decisions: trace.map(({ no: _no, steps, ...decision }) => ({ ...decision, steps: decodeTrace(steps) })),
      messages: messages.map(presentMessage),
      responses,
      payouts: payouts.map(presentPayout),
      codes: TRACE_CODES,
    };
  }

  @Get(':run/messages')
  @Endpoint({
    summary: 'The messages of a run, those of the capture channel too',
    access: roles('marketer', 'operator', 'admin'),
    answer: messagePageSchema,
    problems: ['invalid', 'not_found'],
  })
  async listMessages(
    @Param('run') run: string,
    @Query({ schema: messageQuerySchema }) query: z.infer<typeof messageQuerySchema>,
  ) {
    found(await this.runs.find(run), 'run');
    const { limit, state } = query;
    const rows = await this.messages.ofRun(run, { limit, state, after: readCursor(query.cursor) });
    return toPage(rows, limit, (row) => row.id, presentMessage);
  }
}
