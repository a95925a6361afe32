/**
 * The builds that workers run: which one is in force, what is on each, and the moves between them, each with its reason and its line in the audit log.
 */
import { Body, Controller, Get, Inject, Post } from '@nestjs/common';
import type { z } from 'zod';
import { appendAudit } from '../../storage/audit-log.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { inTransaction, type Pool } from '../../storage/pool.js';
import { ReplayReportsStore } from '../../storage/replay-reports.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, DEPLOYMENT, POOL, type Builds, type Clock } from '../ports.js';
import {
  abandonedSchema,
  buildReasonSchema,
  deploymentSchema,
  presentDeployment,
  rampSchema,
  rollbackSchema,
} from './deployment.dto.js';

type Routed = Pick<Awaited<ReturnType<Builds['look']>>, 'current' | 'ramp'>;
type Moved = Awaited<ReturnType<Builds['setCurrent']>>;

const MOVES = { access: roles('operator', 'admin'), problems: ['invalid', 'not_found', 'conflict'] } as const;

@Controller('v1/deployment')
export class DeploymentController {
  constructor(
    @Inject(DEPLOYMENT) private readonly configured: Builds | null,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly replays: ReplayReportsStore,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Builds of workers: the one in force, a ramp, who works for each, and how many workflows are on it',
    access: roles('operator', 'admin'),
    answer: deploymentSchema,
    problems: ['not_found'],
  })
  async find() {
    return await this.present();
  }

  @Post('current')
  @Endpoint({
    summary: 'Workflows start on this build from now on, and those under way move to it as they continue as new',
    ...MOVES,
    answer: deploymentSchema,
  })
  async setCurrent(
    @Body({ schema: buildReasonSchema }) { build, reason }: z.infer<typeof buildReasonSchema>,
    @CurrentActor() actor: Actor,
  ) {
    return await this.moves('current', { reason, actor }, { current: build }, (builds) => builds.setCurrent(build));
  }

  @Post('ramp')
  @Endpoint({
    summary: 'So many percent of the workflows that start or continue as new go to this build; 0 ends the ramp',
    ...MOVES,
    answer: deploymentSchema,
  })
  async ramp(
    @Body({ schema: rampSchema }) { build, percent, reason }: z.infer<typeof rampSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const after = { ramp: percent === 0 ? null : { build, percent } };
    return await this.moves('ramp', { reason, actor }, after, (builds) => builds.ramp(build, percent));
  }

  @Post('rollback')
  @Endpoint({
    summary: 'End a ramp; where there is none, the build that was current before is current again',
    ...MOVES,
    answer: deploymentSchema,
  })
  async rollback(
    @Body({ schema: rollbackSchema }) { reason }: z.infer<typeof rollbackSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const { current, ramp, former } = await this.look();
    if (ramp)
      return await this.moves('rollback', { reason, actor }, { current, ramp: null }, (builds) =>
        builds.ramp(ramp.build, 0),
      );
    if (former === null) throw new Problem('conflict', 'No build was current before.');
    return await this.moves('rollback', { reason, actor }, { current: former }, (builds) => builds.setCurrent(former));
  }

  @Post('abandon')
  @Endpoint({
    summary:
      'End the workflows of a build that nobody works for any more; the sweep starts what is due on the build in force',
    description: 'Everything that they were about is in Postgres. Refused while a worker of that build asks for work.',
    ...MOVES,
    answer: abandonedSchema,
  })
  async abandon(
    @Body({ schema: buildReasonSchema }) { build, reason }: z.infer<typeof buildReasonSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const { builds } = await this.look();
    const { pollers, open } = found(
      builds.find((one) => one.build === build),
      'build',
    );
    if (pollers > 0) throw new Problem('conflict', 'A worker of that build has asked for work within 90 s.');
    await this.write('abandon', { reason, actor }, { build, open }, { build, open: 0 }, async () => undefined);
    return { build, ended: await this.deployment().abandon(build) };
  }

  private deployment(): Builds {
    if (!this.configured) throw new Problem('not_found', 'There is no deployment: PADO_DEPLOYMENT is not set.');
    return this.configured;
  }

  private async present() {
    return presentDeployment(await this.look(), await this.replays.newest());
  }

  private look() {
    return this.deployment().look(this.clock.temporalNow());
  }

  /** The line is written only where Temporal has taken the move. */
  private async moves(
    action: string,
    said: { reason: string; actor: Actor },
    after: Partial<Routed>,
    move: (builds: Builds) => Promise<Moved>,
  ) {
    const { current, ramp } = await this.look();
    const then = { current, ramp, ...after };
    if (then.ramp?.build === then.current) then.ramp = null; // a ramp has come to its end
    await this.write(action, said, { current, ramp }, then, async () => {
      const moved = await move(this.deployment());
      if (moved.kind === 'unknown') throw new Problem('not_found', 'No worker of that build has ever asked for work.');
      if (moved.kind === 'refused') throw new Problem('conflict', `Temporal refuses it: ${moved.why}`);
    });
    return await this.present();
  }

  private async write(
    action: string,
    { reason, actor }: { reason: string; actor: Actor },
    before: object,
    after: object,
    work: () => Promise<void>,
  ): Promise<void> {
    const { name: subject } = this.deployment();
    const line = { at: this.clock.now(), actor: actor.id, action: `deployment.${action}`, reason, before, after };
    return await inTransaction(this.pool, async (client) => {
      await appendAudit(client, { ...line, subject: `deployment/${subject}` });
      await work();
    });
  }
}
