/**
 * So many runs at once, each of a campaign of its own over the same few customers: all of them are open together, all of them end, the audit is clean.
 */
import { afterEach, describe, expect } from '@jest/globals';
import { bench, IS_TINY, timeOf, type Measured } from '../support/bench.js';
import { launchDraft, sealed, validated } from '../support/campaigns.js';
import { allClosed, attention, counted, importGroup, onePush, PATIENCE_MS, startEmpty } from '../support/crowds.js';
import { until, type Stack } from '../support/stack.js';

const PEOPLE = 20;
const AT_ONCE = 8;

describe('runs at once', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('many-runs', { tiny: 10, usual: 500 }, async (runs): Promise<Measured> => {
    const own = (stack = await startEmpty());
    await importGroup(own, 'few', PEOPLE);
    const keys = Array.from({ length: runs }, (_, n) => `run-${n}`);
    const span = `PT${(IS_TINY ? 60 : 20) + Math.ceil(runs / 2)}S`;
    await each(keys, (key) => validated(own, onePush(key, 'few', span)));
    const begin = performance.now();
    const launchMs = await timeOf(() => each(keys, (key) => launchDraft(own, key)));
    await until(
      'everybody has a message of each',
      async () => (await counted(own, 'run-%', 'accepted')) === runs * PEOPLE,
      PATIENCE_MS,
    );
    const acceptedMs = performance.now() - begin;
    const { open } = await own.one<{ open: number }>(`select count(*)::int as open from runs where state = 'running'`);
    expect(open).toBe(runs); // none has waited for another's end
    await allClosed(own, runs);
    const closedMs = performance.now() - begin;
    await sealed(own);
    const auditMs = await timeOf(() => own.auditClean());
    expect(await attention(own)).toEqual([]);
    return {
      figures: { launchMs, acceptedMs, closedMs, auditMs },
      ratios: { acceptedRunsPerSecond: (runs / acceptedMs) * 1_000 },
    };
  });
});

async function each(keys: readonly string[], work: (key: string) => Promise<unknown>): Promise<void> {
  const left = [...keys];
  const next = async () => {
    for (let key = left.shift(); key !== undefined; key = left.shift()) await work(key);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}
