/**
 * A launched campaign is paused, resumed and ended: its switch is the scope campaign/<key>, and what has ended is never launched again.
 */
import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import type { SwitchTo } from '../../storage/controls.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { ControlSwitch } from '../controls/control-switch.js';
import {
  answerSwitch,
  controlAnswerSchema,
  controlReasonSchema,
  controlResumeSchema,
  SWITCH_ALSO,
} from '../controls/controls.dto.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CampaignMoves } from './campaign-moves.js';
import { CampaignStarts } from './campaign-starts.js';

const SWITCHERS = roles('marketer', 'operator', 'admin');

@Controller('v1/campaigns')
export class CampaignLifeController {
  constructor(
    private readonly campaigns: CampaignsStore,
    private readonly controls: ControlSwitch,
    private readonly moves: CampaignMoves,
    private readonly starts: CampaignStarts,
  ) {}

  @Post(':key/pause')
  @Endpoint({
    summary: 'Pause all runs of a campaign and skip its starts; 202 when it is not acknowledged within a few seconds',
    access: SWITCHERS,
    also: SWITCH_ALSO,
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async pause(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: controlReasonSchema }) body: z.infer<typeof controlReasonSchema>,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.switch(key, { ...body, state: 'paused', overdue: 'shift' }, actor, response);
  }

  @Post(':key/resume')
  @Endpoint({
    summary: 'Resume a paused campaign, and say what becomes of what fell due meanwhile',
    access: SWITCHERS,
    also: SWITCH_ALSO,
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async resume(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: controlResumeSchema }) body: z.infer<typeof controlResumeSchema>,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.switch(key, { ...body, state: 'running' }, actor, response);
  }

  @Post(':key/end')
  @Endpoint({
    summary: 'End a campaign for good: nothing starts any more, and its runs are stopped',
    access: SWITCHERS,
    also: SWITCH_ALSO,
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found'],
  })
  async end(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: controlReasonSchema }) body: z.infer<typeof controlReasonSchema>,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    // first, so that no launch comes between; whoever dies here has ended it, and ends it again to stop its runs
    await this.moves.end(key, body.reason, actor);
    await this.starts.remove(key);
    const stop = { scope: `campaign/${key}`, state: 'stopped', reason: body.reason, overdue: 'shift' } as const;
    return answerSwitch(response, await this.controls.switch(stop, actor));
  }

  private async switch(key: string, to: Omit<SwitchTo, 'scope'>, actor: Actor, response: Response) {
    const campaign = found(await this.campaigns.find(key), 'campaign');
    if (campaign.version === null) throw new Problem('conflict', 'The campaign has never been launched.');
    return answerSwitch(response, await this.controls.switch({ scope: `campaign/${key}`, ...to }, actor));
  }
}
