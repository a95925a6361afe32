/**
 * Two pieces of work measured side by side in one process run, in alternation, so that a machine that slows down or a cache that warms up favours
 * neither; what is said of them is the medians and their ratio.
 */
import { IS_TINY } from './bench.js';

export interface Pairs {
  /** What each run gave, in the order in which they ran. */
  work: number[];
  against: number[];
  /** Medians. */
  workMedian: number;
  againstMedian: number;
  /** Median of `work` ÷ median of `against`. */
  ratio: number;
}

export const PAIRS_MIN = 5;

/**
 * Run both `n` times (once in the suite), first the one, then the other, and the other way round. Each gives its figure (a rate, a time), in the
 * same unit. Errors: those of the work.
 */
export async function pairs(n: number, work: () => Promise<number>, against: () => Promise<number>): Promise<Pairs> {
  if (n < PAIRS_MIN) throw new Error(`${n} pairs say nothing: take ${PAIRS_MIN} or more`);
  const runs = { work: [] as number[], against: [] as number[] };
  for (let pair = 0; pair < (IS_TINY ? 1 : n); pair += 1) {
    const order = pair % 2 === 0 ? (['work', 'against'] as const) : (['against', 'work'] as const);
    for (const which of order) {
      const figure = await (which === 'work' ? work : against)();
      runs[which].push(figure);
      // told at once: a run that is cut off has not been for nothing
      console.log(`pair ${pair + 1}, ${which}: ${figure.toPrecision(4)}`);
    }
  }
  const [workMedian, againstMedian] = [median(runs.work), median(runs.against)];
  return { ...runs, workMedian, againstMedian, ratio: workMedian / againstMedian };
}

/** Of an even number of values the mean of the two in the middle. Errors: no value. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}
