/**
 * Jest's order of the suites, so that the machine is busy all the time and nothing long is alone at the end: those that keep it busy for as long as they
 * take lie evenly between those that mostly wait, the longest of both first; then all others. Without it a clean clone, which has no times yet, goes by the
 * sizes of the files: a small one that has its cases in others is named here.
 */
import { statSync } from 'node:fs';
import sequencer from '@jest/test-sequencer';

// the loader that Jest takes decides which of the two it is
const Sequencer = sequencer.default ?? sequencer;
const BUSY = [
  '/faults/crash-points-third',
  '/api/api.test',
  '/faults/crash-points-second',
  '/e2e/win-back',
  '/auditor/laws',
  '/faults/crash-points-first',
  '/faults/kill-anytime',
  '/faults/zombie',
  '/console/finance',
  '/proofs/controls',
  '/console/told',
  '/console/hostile',
  '/proofs/',
  '/console/',
];
const WAITING = [
  '/faults/temporal-limits',
  '/faults/network-services',
  '/faults/network-edges',
  '/faults/disk-full',
  '/faults/deployment',
  '/faults/',
  '/e2e/',
  '/upgrade/',
  '/storage/half-open',
  '/bench/',
  '/cli/',
  '/replay/',
];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sized = tests.map((test) => ({ test, ...kindOf(test), size: statSync(test.path).size }));
    const ordered = sized.sort((a, b) => a.rank - b.rank || b.size - a.size);
    const evenly = [BUSY, WAITING].flatMap((kind) => {
      const own = ordered.filter((one) => one.kind === kind);
      return own.map(({ test }, n) => ({ test, place: (n + 0.5) / own.length }));
    });
    const others = ordered.filter(({ kind }) => kind === null);
    return [...evenly.sort((a, b) => a.place - b.place), ...others].map(({ test }) => test);
  }
}

function kindOf({ path }) {
  const rankIn = (kind) => kind.findIndex((part) => path.includes(`/tests${part}`));
  for (const kind of [BUSY, WAITING]) if (rankIn(kind) >= 0) return { kind, rank: rankIn(kind) };
  return { kind: null, rank: 0 };
}
