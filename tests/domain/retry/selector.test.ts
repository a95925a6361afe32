/**
 * Every class of what needs a person either is cured by a retry of what the item names, or a retry is refused for it.
 */
import { describe, expect, it } from '@jest/globals';
import { CODES } from '../../../src/domain/attention/classes.js';
import { plainOf, retrySelectorSchema } from '../../../src/domain/retry/selector.js';

const of = (code: (typeof CODES)[number], subject: string, cause?: string) =>
  plainOf({ what: 'attention', code, subject, ...(cause === undefined ? {} : { cause }) });

describe('an item of what needs a person', () => {
  it('is retried as what it names', () => {
    expect([
      of('participant_failed', 'run/r', 'failed_data at send'),
      of('link_failed', 'run/r', 'failed_data:22003'),
      of('lane_overdue', 'run/r', 'nobody_moves_them'),
      of('payout_overdue', 'provider/pay'),
      of('message_ambiguous', 'gateway/gate', 'no_reply'),
      of('payout_owed', 'provider/pay', 'blocked'),
      of('payout_unapproved', 'run/r', 'approval'),
    ]).toEqual([
      { what: 'participants', run: 'r', cause: 'failed_data', node: 'send' },
      { what: 'links', run: 'r', cause: 'failed_data:22003' },
      { what: 'lanes', run: 'r' },
      { what: 'queues', kind: 'provider', name: 'pay' },
      { what: 'messages', state: 'ambiguous', gateway: 'gate' },
      { what: 'payouts', state: 'owed', provider: 'pay', cause: 'blocked' },
      { what: 'payouts', state: 'unapproved', run: 'r' },
    ]);
  });

  it('is no retry’s where something else cures it, or where it names nothing', () => {
    const cured = CODES.filter((code) => of(code, 'gateway/x') !== null);
    expect(CODES.filter((code) => !cured.includes(code))).toEqual([
      'ledger_unbalanced',
      'ledger_unsealed',
      'ledger_unsigned',
      'queue_stopped',
      'provider_silent',
      'build_deserted',
      'start_overdue',
      'switch_unfinished',
      'event_backlog',
      'settlement_break',
      'file_unwritten',
      'file_missing',
    ]);
    expect([of('payout_owed', 'provider/'), of('payout_overdue', 'run/r')]).toEqual([null, null]);
  });

  it('gives selectors that the API takes', () => {
    for (const code of CODES) {
      const plain = of(code, 'gateway/x', 'why at node');
      if (plain) expect(retrySelectorSchema.parse(plain)).toEqual(plain);
    }
  });
});
