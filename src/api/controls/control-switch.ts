/**
 * Switching a scope: the row commits; then the transactions and attempts that had not seen it are waited for, and what it has to move is moved; then
 * the workflows are told. What takes longer than a few seconds goes on behind the answer, which says so.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ControlReadiness } from '../../storage/control-readiness.store.js';
import { ControlWork } from '../../storage/control-work.store.js';
import { ControlsStore, type SwitchTo } from '../../storage/controls.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { Problem } from '../http/problem.js';
import { CLOCK, NUDGER, type Clock, type Nudger } from '../ports.js';

/** How long an answer waits for its acknowledgement. */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 100;

@Injectable()
export class ControlSwitch {
  private readonly logger = new Logger('controls');

  constructor(
    private readonly controls: ControlsStore,
    private readonly work: ControlWork,
    private readonly readiness: ControlReadiness,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  /** Problem `conflict` when the scope has been stopped, or is to be paused while it is being resumed. */
  async switch(to: SwitchTo, actor: Actor) {
    const switched = await this.controls.switch(to, { by: actor.id, now: this.clock.now() });
    if (switched.kind === 'stopped') throw new Problem('conflict', 'It has been stopped, which is final.');
    if (switched.kind === 'resuming')
      throw new Problem('conflict', 'It is being resumed; pause it when that has ended.');
    return await this.answer(to.scope, PATIENCE_MS);
  }

  /** How far a scope's newest switch is; waits a little for what is missing. */
  async answer(scope: string, patienceMs: number = LOOK_AGAIN_MS) {
    const acknowledged = await this.acknowledge(scope, performance.now() + patienceMs);
    const control = await this.controls.find(scope);
    return {
      scope,
      state: control?.state ?? 'running',
      epoch: control?.epoch ?? 0,
      acknowledged,
      ambiguous: await this.controls.ambiguous(scope),
    };
  }

  private async acknowledge(scope: string, deadline: number): Promise<boolean> {
    if (await this.readiness.acknowledged(scope)) return true;
    const left = () => deadline - performance.now();
    if (!(await this.readiness.drain(scope, Math.max(LOOK_AGAIN_MS, left())))) return false;
    for (;;) {
      const done = await this.work.run(scope, () => left() > 0);
      if (done && (await this.readiness.liveAttempts(scope)) === 0) break;
      if (left() <= 0) {
        await this.tell(scope); // what is moved already need not wait; the rest is the sweep's
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    await this.readiness.acknowledge(scope);
    await this.tell(scope);
    return true;
  }

  private async tell(scope: string): Promise<void> {
    const { runs, ...queues } = await this.readiness.affected(scope);
    this.nudger.wake(queues);
    for (const runId of runs) {
      await this.nudger.nudgeRun(runId).catch((error: unknown) => {
        // the sweep brings the word when Temporal is back
        this.logger.warn({ name: error instanceof Error ? error.name : 'unknown' }, 'a run could not be nudged');
      });
    }
  }
}
