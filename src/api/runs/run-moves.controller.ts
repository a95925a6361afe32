/**
 * What people do to a run under way: pause, resume and stop it, and let single customers enter it.
 */
import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { appendAudit } from '../../storage/audit-log.store.js';
import type { ControlState } from '../../storage/advisory.js';
import type { Overdue } from '../../storage/controls.store.js';
import { enterRun, type Entered } from '../../storage/entrants.store.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { RunsStore } from '../../storage/runs.store.js';
import { ControlSwitch } from '../controls/control-switch.js';
import {
  answerSwitch,
  controlAnswerSchema,
  controlReasonSchema,
  controlResumeSchema,
  SWITCH_ALSO,
} from '../controls/controls.dto.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, NUDGER, POOL, type Clock, type Nudger } from '../ports.js';
import { enteredSchema, entrantsSchema } from './entrants.dto.js';

const SWITCHERS = roles('marketer', 'operator', 'admin');

@Controller('v1/runs')
export class RunMovesController {
  constructor(
    private readonly runs: RunsStore,
    private readonly controls: ControlSwitch,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  @Post(':run/pause')
  @Endpoint({
    summary: 'Pause a run; 202 when it is not acknowledged within a few seconds',
    access: SWITCHERS,
    also: SWITCH_ALSO,
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async pause(
    @Param('run') run: string,
    @Body({ schema: controlReasonSchema }) body: z.infer<typeof controlReasonSchema>,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answerSwitch(response, await this.switch(run, 'paused', { ...body, overdue: 'shift' }, actor));
  }

  @Post(':run/resume')
  @Endpoint({
    summary: 'Resume a paused run, and say what becomes of what fell due meanwhile',
    access: SWITCHERS,
    also: SWITCH_ALSO,
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async resume(
    @Param('run') run: string,
    @Body({ schema: controlResumeSchema }) body: z.infer<typeof controlResumeSchema>,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answerSwitch(response, await this.switch(run, 'running', body, actor));
  }

  @Post(':run/stop')
  @Endpoint({
    summary: 'Stop a run for good',
    access: SWITCHERS,
    also: SWITCH_ALSO,
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async stop(
    @Param('run') run: string,
    @Body({ schema: controlReasonSchema }) body: z.infer<typeof controlReasonSchema>,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answerSwitch(response, await this.switch(run, 'stopped', { ...body, overdue: 'shift' }, actor));
  }

  @Post(':run/entrants')
  @Endpoint({
    summary: 'Let single customers enter a running run; each is answered for',
    access: roles('marketer', 'operator', 'admin', 'app'),
    answer: enteredSchema,
    problems: ['invalid', 'not_found'],
    idempotent: true,
  })
  async enter(
    @Param('run') run: string,
    @Body({ schema: entrantsSchema }) body: z.infer<typeof entrantsSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    let lanes: number[] = [];
    const answer = await once(this.pool, { request, response }, async (client) => {
      const entered: Entered | null = await enterRun(client, run, body.customers, {
        by: actor.id,
        now: this.clock.now(),
      });
      if (!entered) throw new Problem('not_found', 'There is no such run.');
      lanes = entered.lanes;
      await appendAudit(client, {
        at: this.clock.now(),
        actor: actor.id,
        action: 'run.enter',
        subject: `run/${run}`,
        after: { entered: entered.entered, refused: entered.refused.length },
      });
      return { status: 200, body: { run, entered: entered.entered, refused: entered.refused }, headers: {} };
    });
    this.nudger.nudgeLanes(lanes.map((lane) => ({ runId: run, lane }))); // after the commit
    return answer;
  }

  private async switch(id: string, state: ControlState, to: { reason: string; overdue: Overdue }, actor: Actor) {
    const run = found(await this.runs.find(id), 'run');
    // everybody is decided about, but what waits to go out can still be held up; what was earned is paid, whatever a run's switch says
    if (run.state === 'closed' && run.control === 'running' && !(await this.runs.hasOpenMessages(id)))
      throw new Problem('conflict', 'The run has ended.');
    return await this.controls.switch({ scope: `run/${id}`, state, ...to }, actor);
  }
}
