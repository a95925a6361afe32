/**
 * What of the attention list Temporal alone knows: builds that workflows wait for and that no worker asks for work of. Asked now and then, however many
 * read the list; where Temporal does not answer, it is as it was.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Found } from '../../domain/attention/item.js';
import { CLOCK, DEPLOYMENT, type Builds, type Clock } from '../ports.js';

const ASK_EVERY_MS = 5_000;
/** Nobody waits longer for a page of the list. */
const ANSWER_MS = 2_000;

@Injectable()
export class DesertedBuilds {
  private readonly firstSeen = new Map<string, number>();
  private seen: Found[] = [];
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking = Promise.resolve();

  constructor(
    @Inject(DEPLOYMENT) private readonly builds: Builds | null,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(): Promise<readonly Found[]> {
    const { builds } = this;
    if (!builds) return [];
    if (performance.now() - this.askedAt >= ASK_EVERY_MS) {
      this.askedAt = performance.now();
      this.asking = this.ask(builds).catch(() => undefined);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ANSWER_MS);
    });
    await Promise.race([this.asking, late]);
    clearTimeout(timer);
    return this.seen;
  }

  private async ask(builds: Builds): Promise<void> {
    const temporalNow = this.clock.temporalNow();
    const shift = this.clock.now() - temporalNow;
    const deserted = await builds.deserted(temporalNow);
    for (const build of this.firstSeen.keys())
      if (deserted.every((one) => one.build !== build)) this.firstSeen.delete(build);
    this.seen = deserted.map(({ build, inForce, open, since, sample }) => {
      const firstSeen = Math.min(this.firstSeen.get(build) ?? Infinity, (since ?? temporalNow) + shift);
      this.firstSeen.set(build, firstSeen);
      return {
        code: 'build_deserted',
        subject: `build/${build}`,
        cause: inForce ? 'in_force_without_worker' : 'left_without_worker',
        count: open,
        firstSeen,
        lastSeen: temporalNow + shift,
        sample,
      };
    });
  }
}
