/**
 * The business epoch of law 9: refused once a run exists, and unless everything outside is simulated.
 */
import { Body, Controller, Inject, Post } from '@nestjs/common';
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import type { Config } from '../../config.js';
import { BusinessEpochStore } from '../../storage/business-epoch.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { Problem } from '../http/problem.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';

const epochSchema = z.strictObject({ epoch: instantSchema }).meta({ id: 'BusinessEpoch' });
const answerSchema = z.object({ epoch: z.string(), temporalBase: z.string() }).meta({ id: 'BusinessEpochSet' });

@Controller('v1/business-epoch')
export class InstallationController {
  constructor(
    private readonly installation: BusinessEpochStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Let business time begin at an instant; before the first run, with simulated systems only',
    access: roles('admin'),
    answer: answerSchema,
    problems: ['invalid', 'conflict'],
  })
  async set(@Body({ schema: epochSchema }) body: z.infer<typeof epochSchema>, @CurrentActor() actor: Actor) {
    const real = [...this.config.providers, ...this.config.gateways]
      .filter((system) => !system.simulated)
      .map((system) => system.name);
    if (real.length > 0) throw new Problem('conflict', `Not simulated: ${real.join(', ')}.`);
    const epoch = Date.parse(body.epoch);
    const temporalBase = this.clock.temporalNow();
    const set = await this.installation.setBusinessEpoch(epoch, temporalBase, { by: actor.id, now: this.clock.now() });
    if (!set) throw new Problem('conflict', 'A run exists already.');
    await this.clock.measure();
    return { epoch: new Date(epoch).toISOString(), temporalBase: new Date(temporalBase).toISOString() };
  }
}
