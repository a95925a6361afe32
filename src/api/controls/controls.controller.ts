/**
 * Switches of every scope: all, a channel, a provider, a gateway, a campaign, a run.
 */
import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { ControlsStore } from '../../storage/controls.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { Problem } from '../http/problem.js';
import { ControlSwitch } from './control-switch.js';
import {
  answerSwitch,
  controlAnswerSchema,
  controlChangeSchema,
  controlListSchema,
  isScope,
  SWITCH_ALSO,
} from './controls.dto.js';

const scopeOf = (path: string | string[]): string => {
  const scope = Array.isArray(path) ? path.join('/') : path;
  if (!isScope(scope)) throw new Problem('not_found', 'There is no such scope.');
  return scope;
};

@Controller('v1/controls')
export class ControlsController {
  constructor(
    private readonly controls: ControlsStore,
    private readonly controlSwitch: ControlSwitch,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Every scope that was ever switched',
    access: roles('marketer', 'operator', 'admin'),
    answer: controlListSchema,
  })
  async list() {
    return { items: await this.controls.list() };
  }

  @Get('*scope')
  @Endpoint({
    summary: 'How far the newest switch of a scope is',
    access: roles('marketer', 'operator', 'admin'),
    answer: controlAnswerSchema,
    problems: ['not_found'],
    params: { scope: 'the path of the scope' },
  })
  async find(@Param('scope') path: string | string[]) {
    return await this.controlSwitch.answer(scopeOf(path));
  }

  @Post('*scope')
  @Endpoint({
    summary:
      'Switch a scope: all, channel/<c>, gateway/<g>, campaign/<k>, run/<id>; of payouts: payouts, payouts/campaign/<k>, payouts/kind/<kind>, provider/<p>',
    description: 'Answers 202 with a Location to ask again at when it is not acknowledged within a few seconds.',
    access: roles('operator', 'admin'),
    also: SWITCH_ALSO,
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    params: { scope: 'the path of the scope' },
  })
  async change(
    @Param('scope') path: string | string[],
    @Body({ schema: controlChangeSchema }) body: z.infer<typeof controlChangeSchema>,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    const scope = scopeOf(path);
    return answerSwitch(response, await this.controlSwitch.switch({ scope, ...body }, actor));
  }
}
