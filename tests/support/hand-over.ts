/**
 * Runs whose messages go out at once, and how to tell, without a pass over the messages, that all of them have.
 */
import { launchDraft } from './campaigns.js';
import { until, type Stack } from './stack.js';

/** One push to everybody by this gateway, by night as well. */
export const pushBy = (gateway: string, segment = 'everyone') => ({
  key: `by-${gateway}`,
  name: `by ${gateway}`,
  purpose: 'advertising',
  segment,
  quietHours: { from: '00:00', to: '00:00' },
  journey: {
    start: 'send',
    nodes: {
      send: { type: 'send', template: 'hello', channel: 'push', gateway, next: 'done' },
      done: { type: 'exit' },
    },
  },
});

const LOOK_EVERY_MS = 50;

/** Until so many messages of a node have been accepted, by the run’s counters. */
export async function sentBy(
  stack: Stack,
  run: string,
  node: string,
  count: number,
  patienceMs: number,
): Promise<void> {
  const check = async () => {
    const { n } = await stack.one<{ n: number }>(
      `select coalesce(sum(n), 0)::int as n from counters where run_id = $1 and node = $2 and measure = 'accepted'`,
      [run, node],
    );
    return n === count;
  };
  await until(`${count} messages of ${node} are accepted`, check, patienceMs, LOOK_EVERY_MS);
}

/** From the launch of an approved campaign to the last of its messages accepted, in ms, and the run. */
export async function handOver(
  stack: Stack,
  campaign: string,
  trigger: string,
  count: number,
  patienceMs: number,
): Promise<{ run: string; ms: number }> {
  const begin = performance.now();
  const run = await launchDraft(stack, campaign, trigger);
  await sentBy(stack, run, 'send', count, patienceMs);
  return { run, ms: performance.now() - begin };
}
