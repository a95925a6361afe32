/**
 * What a run keeps: bytes per customer and wave over all tables with their indexes, trace and history included, vacuumed but not rewritten.
 */
import { afterEach, describe } from '@jest/globals';
import { difference } from '../support/bare-sql.js';
import { bench, type Measured } from '../support/bench.js';
import type { Stack } from '../support/stack.js';
import { expectWave } from '../support/wave-result.js';
import { leadFor, playWave, seedCrowd, startWaves, WAVES } from '../support/wave-run.js';

/** Tables below this share are told together. */
const TOLD_FROM = 1; // bytes per customer and wave

describe('storage', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('storage', { tiny: 2_000, usual: 100_000 }, async (size): Promise<Measured> => {
    stack = await startWaves();
    const crowd = { group: 'kept', size };
    await seedCrowd(stack, crowd);
    const before = await bytes(stack);
    const times = await playWave(stack, crowd, { key: 'kept', leadMs: leadFor(size) });
    await expectWave(stack, crowd, times);
    const added = difference(await bytes(stack), before);
    const perWave = (n: number) => n / (size * WAVES);
    const tables = Object.entries(added)
      .map(([table, n]) => [`${table}BytesPerCustomerAndWave`, perWave(n)] as const)
      .filter(([, n]) => n >= TOLD_FROM)
      .sort(([, a], [, b]) => b - a);
    const all = Object.values(added).reduce((sum, n) => sum + n, 0);
    return {
      figures: { bytesPerCustomerAndWave: perWave(all), ...Object.fromEntries(tables) },
      ratios: { traceToAll: (added['trace'] ?? 0) / all },
    };
  });
});

async function bytes(stack: Stack): Promise<Record<string, number>> {
  await stack.pool.query('vacuum');
  const { rows } = await stack.pool.query<{ name: string; bytes: string }>(
    `select relname as name, pg_total_relation_size(oid)::text as bytes from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, Number(row.bytes)]));
}
