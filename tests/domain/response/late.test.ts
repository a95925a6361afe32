/**
 * What a late response earns: until when, and which rewards lie between its wait and the next send, wait or exit.
 */
import { describe, expect, it } from '@jest/globals';
import type { PreparedJourney, PreparedNode } from '../../../src/domain/journey/prepare.js';
import { judgeLate, lateRewards } from '../../../src/domain/response/late.js';
import type { BranchFacts } from '../../../src/domain/wave/walk.js';

const wait = (next: string): PreparedNode => ({ type: 'wait', spanMs: 1, response: null, next });
const reward = (next: string): PreparedNode => ({
  type: 'reward',
  kind: 'point',
  amount: { minor: 1, currency: 'KRW' },
  budget: 'b',
  provider: 'p',
  claimScope: { kind: 'run' },
  memo: '',
  next,
});
const answered = (responded: string, yes: string, no: string): PreparedNode => ({
  type: 'branch',
  responded,
  rule: () => false,
  yes,
  no,
});
const vip = (yes: string, no: string): PreparedNode => ({
  type: 'branch',
  responded: null,
  rule: (facts) => facts.attributes['vip'] === true,
  yes,
  no,
});
const send: PreparedNode = {
  type: 'send',
  channel: 'push',
  gateway: 'g',
  template: 't@1',
  notAfterMs: 1,
  onSkip: 'continue',
  wave: 2,
  next: 'after',
};
const exit: PreparedNode = { type: 'exit', reason: 'completed' };

const facts = (over: Partial<BranchFacts> = {}): BranchFacts => ({
  customerId: 'c1',
  gate: { status: 'active', gateVersion: 1, zone: 'Asia/Seoul', consents: {}, addresses: {} },
  attributes: {},
  respondedNodes: [],
  ...over,
});
const journeyOf = (nodes: Record<string, PreparedNode>): PreparedJourney => ({
  campaign: 'c',
  purpose: 'information',
  product: null,
  quiet: null,
  priority: 0,
  start: 'w',
  nodes: { w: wait('b'), out: exit, after: reward('out'), ...nodes },
  lateMs: 1,
  payoutEvents: [],
  toldRewards: [],
  lateWaitEvents: [],
  loopOf: new Map(),
  readsAnswers: false,
  branchEvents: { names: [], withinMs: 0 },
});
const earned = (nodes: Record<string, PreparedNode>, over: Partial<BranchFacts> = {}) =>
  lateRewards(journeyOf(nodes), { node: 'w', visit: 1 }, { ...facts(over), now: 0 }).map(({ node }) => node);

describe('a late response', () => {
  it.each([
    [999, 'earns'],
    [1_000, 'earns'],
    [1_499, 'earns'],
    [1_500, 'too_late'],
  ])('received at %i, its window over at 1000 and 500 ms of grace: %s', (received, verdict) => {
    expect(judgeLate(1_000, received, 500)).toBe(verdict);
  });

  it.each<[string, Record<string, PreparedNode>, string[], Partial<BranchFacts>?]>([
    ['the reward of the responded branch', { b: answered('w', 'r', 'out'), r: reward('out') }, ['r']],
    ['not that of the other branch', { b: answered('w', 'out', 'r'), r: reward('out') }, []],
    ['all rewards on the way', { b: answered('w', 'r', 'out'), r: reward('q'), q: reward('out') }, ['r', 'q']],
    ['what follows the wait without a branch', { b: reward('out') }, ['b']],
    ['nothing beyond a send', { b: answered('w', 'r', 'out'), r: reward('s'), s: send }, ['r']],
    ['nothing beyond another wait', { b: answered('w', 'x', 'out'), x: wait('r'), r: reward('out') }, []],
    [
      'by a rule, as the customer is now',
      { b: vip('r', 'q'), r: reward('out'), q: reward('out') },
      ['r'],
      { attributes: { vip: true } },
    ],
    ['by a rule, otherwise', { b: vip('r', 'q'), r: reward('out'), q: reward('out') }, ['q']],
    [
      'by another wait that was not answered in time',
      { b: answered('v', 'r', 'q'), r: reward('out'), q: reward('out') },
      ['q'],
    ],
    [
      'by another wait that was',
      { b: answered('v', 'r', 'q'), r: reward('out'), q: reward('out') },
      ['r'],
      { respondedNodes: ['v'] },
    ],
  ])('earns %s', (_, nodes, rewards, over = {}) => {
    expect(earned(nodes, over)).toEqual(rewards);
  });
});
