/**
 * Of the operator's desk what needs no browser: what a form or an address says as a selector, and where Temporal's UI shows what something is about.
 */
import { describe, expect, it } from '@jest/globals';
import { planAddress, selectorOf } from '../../console/src/pages/retries/selector.js';
import { retrySelectorSchema } from '../../src/domain/retry/selector.js';
import { workflowsUrl } from '../../src/temporal/ui.js';

describe('what is to be tried again', () => {
  it.each<[string, Record<string, string>, object]>([
    [
      'participants',
      { run: ' r1 ', customers: 'a, b\nc', lane: '2', node: '', gateway: 'none of it' },
      { what: 'participants', run: 'r1', customers: ['a', 'b', 'c'], lane: 2 },
    ],
    ['payouts', { state: 'held', payouts: 'p/1 p/2' }, { what: 'payouts', state: 'held', payouts: ['p/1', 'p/2'] }],
    ['queues', { kind: 'gateway', name: 'g' }, { what: 'queues', kind: 'gateway', name: 'g' }],
    [
      'attention',
      { code: 'participant_failed', subject: 'run/r1', cause: 'failed_data at send', run: 'r1' },
      { what: 'attention', code: 'participant_failed', subject: 'run/r1', cause: 'failed_data at send' },
    ],
  ])('of a form about %s is what the API takes, and comes back by its address', (what, values, selector) => {
    expect(selectorOf(what, values)).toEqual(selector);
    expect(retrySelectorSchema.parse(selector)).toEqual(selector);
    const { searchParams } = new URL(planAddress(selector as Record<string, unknown>), 'http://localhost');
    expect(selectorOf(what, Object.fromEntries(searchParams))).toEqual(selector);
  });
});

describe('Temporal’s UI', () => {
  const ui = { uiUrl: 'https://temporal.bank.example', namespace: 'bank one' };
  const queryOf = (subject: string) => {
    const url = workflowsUrl(ui, subject);
    return url === null ? null : new URL(url).searchParams.get('query');
  };

  it('shows a run with its lanes, a queue with its shards, a start', () => {
    expect(workflowsUrl(ui, 'run/r1')).toMatch(
      /^https:\/\/temporal\.bank\.example\/namespaces\/bank%20one\/workflows\?query=/,
    );
    expect(queryOf('run/r1')).toBe('WorkflowId = "run/r1" OR WorkflowId STARTS_WITH "run/r1/"');
    expect(queryOf('gateway/sim-gate')).toBe('WorkflowId STARTS_WITH "delivery/sim-gate/"');
    expect(queryOf('provider/sim-pay')).toBe('WorkflowId STARTS_WITH "payout/sim-pay/"');
    expect(queryOf('campaign/spring')).toBe('WorkflowId = "start/spring"');
  });

  it('is linked to from nothing else, and nowhere without its address', () => {
    expect(queryOf('account/budget:main')).toBeNull();
    expect(queryOf('ledger')).toBeNull();
    expect(workflowsUrl({ ...ui, uiUrl: null }, 'run/r1')).toBeNull();
  });
});
