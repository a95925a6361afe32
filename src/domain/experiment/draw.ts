/**
 * Who is drawn into which arm: murmur3 x86_32, seed 0, over UTF-8 `<experiment>:<customer>`, as a share of 2³², against cumulative weights that
 * include their lower end; the holdout comes first. Anyone can repeat it from the definition and the customer's id.
 */
import { murmur3 } from '../base/hash.js';

/** The holdout's name among the arms: nobody else may bear it. */
export const HOLDOUT = 'holdout';
/** Whom status or consent excludes: set apart, neither in the holdout nor in an arm. */
export const EXCLUDED = 'excluded';

export interface Experiment {
  /** What is hashed with the customer. */
  name: string;
  /** Weight of the holdout; 0: there is none. */
  holdout: number;
  arms: readonly { name: string; weight: number }[];
}

const HASHES = 2 ** 32;

/** The arm's name, or HOLDOUT. Weights are whole numbers; only their shares count. */
export function drawArm(experiment: Experiment, customerId: string): string {
  const ranges = [{ name: HOLDOUT, weight: experiment.holdout }, ...experiment.arms];
  const total = ranges.reduce((sum, { weight }) => sum + weight, 0);
  // whole numbers below 2⁵³: no boundary is rounded
  const drawn = murmur3(`${experiment.name}:${customerId}`) * total;
  let end = 0;
  for (const { name, weight } of ranges) {
    end += weight;
    if (drawn < end * HASHES) return name;
  }
  throw new Error('invariant: an experiment without weights');
}
