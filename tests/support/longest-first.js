/**
 * Jest's order of the suites: those that mostly wait (faults, proofs, whole programs) first, so that none is alone at the end while the other workers
 * are idle. Without it a clean clone, which has no times yet, goes by the sizes of the files.
 */
import { statSync } from 'node:fs';
import sequencer from '@jest/test-sequencer';

// the loader that Jest takes decides which of the two it is
const Sequencer = sequencer.default ?? sequencer;
const WAITING = ['tests/faults/', 'tests/proofs/', 'tests/cli/', 'tests/bench/', 'tests/e2e/'];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = WAITING.findIndex((folder) => path.includes(`/${folder}`));
      return at < 0 ? WAITING.length : at;
    };
    const sized = tests.map((test) => ({ test, rank: rank(test), size: statSync(test.path).size }));
    return sized.sort((a, b) => a.rank - b.rank || b.size - a.size).map(({ test }) => test);
  }
}
