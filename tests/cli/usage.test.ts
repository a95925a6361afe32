/**
 * What every verb says of itself, and how it says no.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshState, pado, padoWith, processesOf } from './launcher.js';

const VERBS = [
  'demo',
  'up',
  'down',
  'test',
  'check',
  'bench',
  'audit',
  'attention',
  'retry',
  'campaign',
  'ledger',
  'match',
  'retention',
  'verify-statement',
  'verify-draws',
  'people',
  'link',
  'simulator',
  'recover',
  'rate',
  'replay',
  'deployment',
  'doctor',
];

describe('the command line', () => {
  let state: ReturnType<typeof freshState>;
  beforeAll(() => {
    state = freshState();
  });
  afterAll(() => state.remove());

  it('lists every verb', () => {
    const { code, stdout } = pado(state.dir, 'help');
    expect(code).toBe(0);
    for (const verb of VERBS) expect(stdout).toContain(`  ${verb}`);
  });

  it('tells the release and the build', () => {
    for (const option of ['--version', '-V']) {
      const { code, stdout } = pado(state.dir, option);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^pado \d+\.\d+\.\d+, the build of \S+Z\n$/)]);
    }
  });

  it.each(VERBS)('%s --help tells its options and exit codes', (verb) => {
    const { code, stdout } = pado(state.dir, verb, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`pado ${verb}`);
    expect(stdout).toMatch(/Exit codes?: 0/);
  });

  it.each([
    ['an unknown verb', ['frobnicate']],
    ['an unknown option', ['up', '--frobnicate']],
    ['a port that is none', ['up', '--port', 'many']],
    ['a campaign without a verb', ['campaign']],
    [
      'a break that is resolved and approved at once',
      ['match', 'resolve', 'x', '--accept', '--approve', '--reason', 'r'],
    ],
    ['a revision that is none', ['campaign', 'apply', 'x.yaml', '--revision', 'newest']],
    ['a ramp that is none', ['deployment', 'ramp', 'b', 'some', '--reason', 'r']],
    ['a rate that is none', ['rate', 'set', 'gateway/x', '0', '--reason', 'r']],
    ['a replay of nothing', ['replay']],
    ['a size that is none', ['bench', 'wave', '--size', 'many']],
  ])('%s is wrong usage, exit code 2', (_what, args) => {
    const { code, stderr } = pado(state.dir, ...args);
    expect(code).toBe(2);
    expect(stderr).not.toBe('');
  });

  it.each([
    ['recover', 'release', '1', '--reason', 'asked'],
    ['recover', 'report', '--json'],
    ['attention', '--json'],
    ['people', '--json'],
    ['deployment', '--json'],
    ['replay', '--open', '--report', 'next', '--json'],
  ])(
    'pado %s %s has its own options, also where its parent has the like: it lacks an installation, nothing else',
    (...args) => {
      const { code, stderr } = pado(state.dir, ...args);
      expect(stderr).toContain('No installation');
      expect(code).toBe(3);
    },
  );

  it('a named server that does not answer is a lack of the machine: exit code 3, the cure in words, nothing left running', () => {
    const { code, stderr } = padoWith({ REDIS_URL: 'redis://127.0.0.1:1' }, state.dir, 'up');
    expect(code).toBe(3);
    expect(stderr).toMatch(/REDIS_URL[^]*cure: Start it or correct REDIS_URL/);
    expect(processesOf(state.dir)).toEqual([]);
  });
});
