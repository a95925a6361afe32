/**
 * Benchmarks are tests: tiny in the normal suite, so that they cannot rot; at their usual or a given size under `pado bench`, which
 * reads the result from a file.
 */
import { writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { surroundings } from './surroundings.js';

export interface Measured {
  /** By name, unit last (`customersPerSecond`, `freezeMs`). */
  figures: Record<string, number>;
  /** Figures against a plain piece of work that was measured in the same run. */
  ratios: Record<string, number>;
  /** Figures that are the difference of two that were measured, so that noise may make them zero or less. */
  differences?: Record<string, number>;
}

export interface BenchSize {
  tiny: number;
  usual: number;
}

/** In the suite: small, in seconds, and for its result alone. */
export const IS_TINY = process.env['PADO_BENCH_OUT'] === undefined;

const BENCH_TIMEOUT_MS = 7_200_000;

export function bench(
  name: string,
  sizes: BenchSize,
  measure: (size: number, seed: number) => Promise<Measured>,
): void {
  const { PADO_BENCH_OUT: file, PADO_BENCH_SIZE: given, PADO_BENCH_SEED: seed = '1' } = process.env;
  const size = file === undefined ? sizes.tiny : Number(given ?? sizes.usual);
  it(
    `${name}, ${size}`,
    async () => {
      const measured = await measure(size, Number(seed));
      const implausible = Object.entries({ ...measured.figures, ...measured.ratios }).flatMap(([key, value]) =>
        value > 0 ? [] : [key],
      );
      // with all that was measured, which may have taken an hour
      expect({ ...measured, implausible }).toEqual({ ...measured, implausible: [] });
      const differences = measured.differences ?? {};
      for (const value of Object.values(differences)) expect(value).not.toBeNaN();
      const rounded = (values: Record<string, number>) =>
        Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value.toPrecision(4))]));
      const result = {
        bench: name,
        size,
        seed: Number(seed),
        figures: rounded({ ...measured.figures, ...differences }),
        ratios: rounded(measured.ratios),
        surroundings: await surroundings(),
      };
      if (file !== undefined) writeFileSync(file, JSON.stringify(result));
    },
    BENCH_TIMEOUT_MS,
  );
}

/** What `work` takes, in ms. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
