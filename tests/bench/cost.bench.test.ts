/**
 * What a run asks of Temporal: Actions and history events of everything in the namespace, from the launch to the end of a run to which nobody responds; and
 * what each nudge adds, by two runs of a tenth, one with responses and one without. One of them comes first: the large one's wait is as long as that says.
 */
import { afterEach, describe } from '@jest/globals';
import { bench, type Measured } from '../support/bench.js';
import { freePort } from '../../src/services/ports.js';
import type { Stack } from '../support/stack.js';
import { costByType, heartbeats, type Cost } from '../support/temporal-cost.js';
import { expectWave } from '../support/wave-result.js';
import {
  leadAfter,
  leadFor,
  playWave,
  seedCrowd,
  startWaves,
  type Crowd,
  type WaveTimes,
} from '../support/wave-run.js';

describe('cost', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('cost', { tiny: 200, usual: 1_000_000 }, async (size): Promise<Measured> => {
    const port = await freePort();
    stack = await startWaves({ env: { worker: { PADO_METRICS_PORT: String(port) } } });
    const tenth = Math.ceil(size / 10);
    // as many people in as many lanes as below, whom nobody nudges
    const unanswered = await runOf(stack, { group: 'unanswered', size: tenth }, true);
    const unnudged = laneCost(await costByType(stack, `run/${unanswered.runId}/lane/`));

    const crowd = { group: 'silent', size };
    await seedCrowd(stack, crowd);
    const before = { all: await costByType(stack), beats: await heartbeats(port) };
    await playOf(stack, crowd, true, Math.min(leadFor(size), leadAfter(unanswered, size / tenth)));
    const all = withoutThose(before.all, await costByType(stack));
    const beats = (await heartbeats(port)) - before.beats;

    const answering = await runOf(stack, { group: 'answering', size: tenth }, false);
    const nudged = laneCost(await costByType(stack, `run/${answering.runId}/lane/`));

    const sum = (of: (cost: Cost) => number) => Object.values(all).reduce((total, cost) => total + of(cost), 0);
    const byType = Object.entries(all).flatMap(([type, cost]) => [
      [`${type}Actions`, cost.actions] as const,
      [`${type}Signals`, cost.signals] as const,
    ]);
    return {
      figures: {
        actions: sum((cost) => cost.actions) + beats,
        events: sum((cost) => cost.events),
        ...Object.fromEntries(byType.filter(([, n]) => n > 0)),
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

async function runOf(stack: Stack, crowd: Crowd, silent: boolean): Promise<WaveTimes> {
  await seedCrowd(stack, crowd);
  return await playOf(stack, crowd, silent, leadFor(crowd.size));
}

async function playOf(stack: Stack, crowd: Crowd, silent: boolean, leadMs: number): Promise<WaveTimes> {
  const times = await playWave(stack, crowd, { key: crowd.group, leadMs, silent });
  await expectWave(stack, crowd, times, { silent });
  return times;
}

/** What has been added to what was before. */
const withoutThose = (before: Record<string, Cost>, now: Record<string, Cost>): Record<string, Cost> =>
  Object.fromEntries(
    Object.entries(now).map(([type, cost]) => {
      const { actions, events, signals } = before[type] ?? NONE;
      return [type, { actions: cost.actions - actions, events: cost.events - events, signals: cost.signals - signals }];
    }),
  );

const NONE: Cost = { actions: 0, events: 0, signals: 0 };
const laneCost = (costs: Record<string, Cost>): Cost => costs['laneWorkflow'] ?? NONE;
