/**
 * Small campaigns launched while a big one is frozen, decided and sent: how long each of them waits for its first decision, and for its messages.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect } from '@jest/globals';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { launchDraft, sealed, validated } from '../support/campaigns.js';
import {
  allClosed,
  attention,
  counted,
  importGroup,
  launched,
  onePush,
  PATIENCE_MS,
  startEmpty,
} from '../support/crowds.js';
import { until, type Stack } from '../support/stack.js';

const SMALL = 10;
/** While the big one is frozen; as it begins to be decided, and later. */
const SMALLS = ['small-0', 'small-1', 'small-2', 'small-3'];

describe('a small campaign beside a big one', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('beside-a-big-one', { tiny: 2_000, usual: 1_000_000 }, async (size): Promise<Measured> => {
    const own = (stack = await startEmpty());
    await importGroup(own, 'big', size);
    await importGroup(own, 'small', SMALL);
    await own.pool.query('vacuum analyze customers');
    for (const key of SMALLS) await validated(own, onePush(key, 'small'));
    await validated(own, onePush('big', 'big'));

    const begin = performance.now();
    await launchDraft(own, 'big');
    const [atFreeze = '', ...later] = SMALLS;
    const waits = [await launched(own, atFreeze, SMALL)];
    await until('the big one is decided', async () => (await counted(own, 'big', 'decided')) > 0, PATIENCE_MS, 20);
    for (const key of later) {
      waits.push(await launched(own, key, SMALL));
      await sleep(size / 100);
    }
    await until('the big one is sent', async () => (await counted(own, 'big', 'accepted')) === size, PATIENCE_MS);
    const bigMs = performance.now() - begin;
    await allClosed(own, SMALLS.length + 1);
    await sealed(own);
    const auditMs = await timeOf(() => own.auditClean());
    expect(await attention(own)).toEqual([]);
    const slowest = (of: 'decidedMs' | 'acceptedMs') => Math.max(...waits.map((wait) => wait[of]));
    console.log(JSON.stringify(waits));
    return {
      figures: {
        slowestDecidedMs: slowest('decidedMs'),
        slowestAcceptedMs: slowest('acceptedMs'),
        bigPerSecond: (size / bigMs) * 1_000,
        bigMs,
        auditMs,
      },
      ratios: {},
    };
  });
});
