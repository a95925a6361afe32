/**
 * Switches of every scope: all, a channel, a provider, a gateway, a campaign, a run.
 */
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { ControlsStore } from '../../storage/controls.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { Problem } from '../http/problem.js';
import { ControlSwitch } from './control-switch.js';
import { controlAnswerSchema, controlChangeSchema, controlListSchema, isScope } from './controls.dto.js';

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

  @Post('*scope')
  @Endpoint({
    summary: 'Switch a scope: all, channel/<c>, provider/<p>, gateway/<g>, campaign/<k>, run/<id>',
    access: roles('operator', 'admin'),
    answer: controlAnswerSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    params: { scope: 'the path of the scope' },
  })
  async change(
    @Param('scope') path: string | string[],
    @Body({ schema: controlChangeSchema }) body: z.infer<typeof controlChangeSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const scope = Array.isArray(path) ? path.join('/') : path;
    if (!isScope(scope)) throw new Problem('not_found', 'There is no such scope.');
    const runId = scope.startsWith('run/') ? scope.slice('run/'.length) : null;
    return await this.controlSwitch.switch({ scope, runId }, body.state, body.reason, actor);
  }
}
