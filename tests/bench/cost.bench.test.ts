/**
 * What a run asks of Temporal: Actions and history events of everything in the namespace, from the installation's start to the end of a run to which
 * nobody responds; and what each nudge adds, by two runs of a tenth, one with responses and one without.
 */
import { afterEach, describe } from '@jest/globals';
import { bench, type Measured } from '../support/bench.js';
import { freePort } from '../../src/services/ports.js';
import type { Stack } from '../support/stack.js';
import { costByType, heartbeats, type Cost } from '../support/temporal-cost.js';
import { expectWave } from '../support/wave-result.js';
import { leadFor, playWave, seedCrowd, startWaves, type Crowd } from '../support/wave-run.js';

describe('cost', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop(), 60_000);

  bench('cost', { tiny: 200, usual: 1_000_000 }, async (size): Promise<Measured> => {
    const port = await freePort();
    stack = await startWaves({ env: { worker: { PADO_METRICS_PORT: String(port) } } });
    await runOf(stack, { group: 'silent', size }, true);
    const all = await costByType(stack);
    const beats = await heartbeats(port);

    const tenth = Math.ceil(size / 10);
    const lanesOf = async (group: string, unanswered: boolean) =>
      laneCost(
        await costByType(
          stack as Stack,
          `run/${await runOf(stack as Stack, { group, size: tenth }, unanswered)}/lane/`,
        ),
      );
    const nudged = await lanesOf('answering', false);
    // as many people in as many lanes, whom nobody nudges
    const unnudged = await lanesOf('unanswered', true);

    const sum = (of: (cost: Cost) => number) => Object.values(all).reduce((total, cost) => total + of(cost), 0);
    const byType = Object.entries(all).map(([type, cost]) => [`${type}Actions`, cost.actions] as const);
    return {
      figures: {
        actions: sum((cost) => cost.actions) + beats,
        events: sum((cost) => cost.events),
        ...Object.fromEntries(byType.filter(([, actions]) => actions > 0)),
        nudges: nudged.signals,
      },
      ratios: {
        customersPerAction: size / (sum((cost) => cost.actions) + beats),
      },
      differences: {
        heartbeats: beats,
        actionsPerNudge: (nudged.actions - unnudged.actions) / nudged.signals,
      },
    };
  });
});

async function runOf(stack: Stack, crowd: Crowd, silent: boolean): Promise<string> {
  await seedCrowd(stack, crowd);
  const times = await playWave(stack, crowd, { key: crowd.group, leadMs: leadFor(crowd.size), silent });
  await expectWave(stack, crowd, times, { silent });
  return times.runId;
}

const laneCost = (costs: Record<string, Cost>): Cost => costs['laneWorkflow'] ?? { actions: 0, events: 0, signals: 0 };
