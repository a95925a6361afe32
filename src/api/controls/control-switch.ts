/**
 * Switching a scope: the row commits, then every transaction that had read the row before is waited for, then the workflows are told. The
 * answer comes after that.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ControlsStore } from '../../storage/controls.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { Problem } from '../http/problem.js';
import { CLOCK, NUDGER, type Clock, type Nudger } from '../ports.js';

@Injectable()
export class ControlSwitch {
  private readonly logger = new Logger('controls');

  constructor(
    private readonly controls: ControlsStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  /** Problem `conflict` when the scope has been stopped. */
  async switch(
    at: { scope: string; runId: string | null },
    state: 'running' | 'paused' | 'stopped',
    reason: string,
    actor: Actor,
  ) {
    const control = await this.controls.switch(at.scope, state, reason, { by: actor.id, now: this.clock.now() });
    if (!control) throw new Problem('conflict', 'It has been stopped, which is final.');
    if (state !== 'running') await this.controls.drain(at.scope);
    if (at.runId) {
      await this.nudger.nudgeRun(at.runId).catch((error: unknown) => {
        // the sweep brings the word when Temporal is back
        this.logger.warn({ name: error instanceof Error ? error.name : 'unknown' }, 'a run could not be nudged');
      });
    }
    return {
      scope: at.scope,
      state: control.state,
      epoch: control.epoch,
      ambiguous: await this.controls.ambiguous(at.runId),
    };
  }
}
