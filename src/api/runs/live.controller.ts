/**
 * A run as it changes: the same answer as of `GET /v1/runs/{run}`, again whenever it is another.
 */
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { RunsStore } from '../../storage/runs.store.js';
import type { AuthenticatedRequest } from '../http/access.js';
import { Endpoint } from '../http/endpoint.js';
import { OpenStreams } from '../http/open-streams.js';
import { found } from '../http/problem.js';
import { LiveRuns } from './live-runs.js';
import { READERS, runLiveSchema } from './runs.dto.js';

@Controller('v1/runs')
export class LiveController {
  constructor(
    private readonly runs: RunsStore,
    private readonly streams: OpenStreams,
    private readonly live: LiveRuns,
  ) {}

  @Get(':run/live')
  @Endpoint({
    summary:
      'The run as it changes, as server-sent events: at first, within a second or two of each change, and a sign of life every five seconds',
    description:
      'It ends when its session or key does, when the roles no longer allow it, and when the process ends. Following is no use of a session. Nothing is lost by coming again: the first event tells everything. Four at once of one person; 429 beyond that, and where the process has too many.',
    access: READERS,
    answer: runLiveSchema,
    produces: 'text/event-stream',
    problems: ['not_found'],
  })
  async follow(@Param('run') id: string, @Req() request: AuthenticatedRequest, @Res() response: Response) {
    const snapshot = found(await this.runs.snapshot(id), 'run');
    this.live.follow(snapshot, this.streams.begin(request, response, READERS));
  }
}
