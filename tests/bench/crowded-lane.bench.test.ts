/**
 * One lane with everybody in it: a run that takes single entrants has a lane or two whatever comes, so that is where a crowd ends up. How fast they
 * enter, are decided and sent to, and that its workflow's history stays short.
 */
import { afterEach, describe, expect } from '@jest/globals';
import { connectClient } from '../../src/temporal/connect.js';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { defineGroup, sealed, validated } from '../support/campaigns.js';
import {
  allClosed,
  attention,
  counted,
  importGroup,
  memberOf,
  onePush,
  PATIENCE_MS,
  startEmpty,
} from '../support/crowds.js';
import { until, type Stack } from '../support/stack.js';

/** What the API takes in a request. */
const ENTERED_AT_ONCE = 1_000;
const REQUESTS_AT_ONCE = 4;

describe('a lane with everybody in it', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('crowded-lane', { tiny: 2_000, usual: 200_000 }, async (size): Promise<Measured> => {
    const own = (stack = await startEmpty());
    await importGroup(own, 'crowd', size);
    await defineGroup(own, 'nobody');
    await validated(own, onePush('crowded', 'nobody'));
    const { run } = await own.ok('POST', '/v1/campaigns/crowded/launch', { entrants: true }, { as: 'marketer' });
    await until('it runs', async () => (await own.ok('GET', `/v1/runs/${run}`)).state === 'running');

    const begin = performance.now();
    let from = 0;
    const enter = async () => {
      while (from < size) {
        const first = from;
        from += ENTERED_AT_ONCE;
        const length = Math.min(ENTERED_AT_ONCE, size - first);
        const body = { customers: Array.from({ length }, (_, n) => memberOf('crowd', first + n)) };
        await own.ok('POST', `/v1/runs/${run}/entrants`, body);
      }
    };
    const enteredMs = await timeOf(() => Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, enter)));
    await until('all are sent to', async () => (await counted(own, 'crowded', 'accepted')) === size, PATIENCE_MS, 50);
    const acceptedMs = performance.now() - begin;
    const { lanes } = await own.one<{ lanes: number }>(
      'select count(distinct lane)::int as lanes from participants where run_id = $1',
      [run],
    );
    expect(lanes).toBe(1);
    const longest = await longestHistory(own);
    expect(longest).toBeLessThan(4_096);
    await own.ok('POST', `/v1/runs/${run}/stop`, { reason: 'everybody is in' });
    await allClosed(own, 1);
    await sealed(own);
    const auditMs = await timeOf(() => own.auditClean());
    expect(await attention(own)).toEqual([]);
    return {
      figures: {
        enteredMs,
        acceptedMs,
        perSecond: (size / acceptedMs) * 1_000,
        longestHistoryEvents: longest,
        auditMs,
      },
      ratios: {},
    };
  });
});

async function longestHistory(stack: Stack): Promise<number> {
  const client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
  try {
    let longest = 0;
    for await (const { historyLength } of client.workflow.list()) longest = Math.max(longest, historyLength);
    return longest;
  } finally {
    await client.connection.close();
  }
}
