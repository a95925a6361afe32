/**
 * Jest's order of the suites: the longest, then those that mostly wait (faults, proofs, whole programs), so that none is alone at the end while the
 * other workers are idle. Those that keep the machine busy for as long as they take (the parts of the crash points) follow each other, with others
 * beside them. Without it a clean clone, which has no times yet, goes by the sizes of the files: a small one that has its cases in others is named here.
 */
import { statSync } from 'node:fs';
import sequencer from '@jest/test-sequencer';

// the loader that Jest takes decides which of the two it is
const Sequencer = sequencer.default ?? sequencer;
const FIRST = [
  '/faults/crash-points-first',
  '/e2e/win-back',
  '/proofs/controls',
  '/faults/network-services',
  '/faults/zombie',
  '/faults/crash-points-second',
  '/proofs/people',
  '/faults/crash-points-third',
  '/proofs/',
  '/faults/kill-anytime',
  '/console/finance',
  '/console/desks',
  '/console/operations',
  '/faults/',
  '/api/api.test',
  '/auditor/laws',
  '/console/',
  '/e2e/',
  '/cli/',
  '/bench/',
];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = FIRST.findIndex((part) => path.includes(`/tests${part}`));
      return at < 0 ? FIRST.length : at;
    };
    const sized = tests.map((test) => ({ test, rank: rank(test), size: statSync(test.path).size }));
    return sized.sort((a, b) => a.rank - b.rank || b.size - a.size).map(({ test }) => test);
  }
}
