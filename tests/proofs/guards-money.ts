/**
 * Guards of money: laws 1, 3 and 10, and law 6 where it is about payouts.
 */
import { PEOPLE, reward, type Proof } from './proof.js';

const UNKNOWN = {
  file: 'src/domain/ledger/payout-replies.ts',
  from: `return { outcome: 'unknown', to: 'ambiguous', reason: 'no_reply' };`,
};

export const MONEY: Proof[] = [
  {
    guard: 'unique key of claims',
    law: 1,
    says: 'several slots were rewarded by one claim',
    changes: [{ file: 'src/storage/payout-intents.ts', from: '     on conflict (key) do nothing\n', to: '' }],
    sql: ['alter table claims drop constraint claims_pkey'],
    async play(scene) {
      await scene.prepare();
      await scene.launch('twice', 'first', {
        first: { ...reward('second'), claimScope: 'campaign' },
        second: { ...reward('done'), claimScope: 'campaign' },
      });
      await scene.quiet();
    },
  },
  {
    guard: 'one idempotency key for all attempts',
    law: 1,
    says: 'a payment that no payout explains',
    changes: [
      {
        file: 'src/providers/http.provider.ts',
        from: `const headers = { 'idempotency-key': key };`,
        to: "const headers = { 'idempotency-key': `${key}/${attempt}` }; body = body.replace(key, `${key}/${attempt}`);",
      },
    ],
    async play(scene) {
      await scene.prepare();
      scene.stack.simulator.provider.setFaults({ cutAfter: 1 });
      await scene.launch('keys', 'pay', { pay: reward('done') });
      await scene.eventually('all are paid', async () => (await scene.payments()) >= PEOPLE);
      scene.stack.simulator.heal();
      await scene.quiet();
    },
  },
  {
    guard: 'one attempt in flight per key (fence)',
    law: 1,
    says: 'paid more than once',
    changes: [
      {
        file: 'src/storage/open-payouts.ts',
        from: `p.state in ('intended', 'approved')`,
        to: `p.state in ('intended', 'approved', 'submitting')`,
      },
      {
        file: 'src/storage/payout-claims.store.ts',
        from: `lockPayouts(client, picked, ['intended', 'approved'])`,
        to: `lockPayouts(client, picked, ['intended', 'approved', 'submitting'])`,
      },
    ],
    sql: ['drop index payout_attempts_one_in_flight'],
    simulator: { providers: [{ idempotent: false }], gateways: [{}] },
    async play(scene) {
      await scene.prepare();
      scene.stack.simulator.provider.setFaults({ hangAfterActing: 1, hangMs: 60_000 });
      await scene.launch('fence', 'pay', { pay: reward('done') });
      await scene.eventually('all are paid', async () => (await scene.payments()) >= PEOPLE);
      await scene.stack.worker.kill();
      scene.stack.simulator.heal();
      await scene.stack.worker.start();
      await scene.eventually('some are paid again', async () => (await scene.payments()) > PEOPLE, 40_000);
      await scene.quiet(5_000);
    },
  },
  {
    guard: 'a lost reply is ambiguous, not rejected',
    law: 1,
    says: 'paid although the payout’s state says that it cannot be',
    changes: [{ ...UNKNOWN, to: `return { outcome: 'rejected', to: 'rejected', reason: 'no_reply' };` }],
    async play(scene) {
      await scene.prepare();
      scene.stack.simulator.provider.setFaults({ cutAfter: 1 });
      await scene.launch('lost', 'pay', { pay: reward('done') });
      await scene.quiet();
    },
  },
  {
    guard: 'a lost reply is ambiguous, not "not acted on"',
    law: 10,
    says: 'called not acted on, but the book has a payment',
    changes: [{ ...UNKNOWN, to: `return { outcome: 'not_acted', to: 'back', reason: null };` }],
    async play(scene) {
      await scene.prepare();
      scene.stack.simulator.provider.setFaults({ cutAfter: 1 });
      await scene.launch('guess', 'pay', { pay: reward('done') });
      await scene.eventually('all are paid', async () => (await scene.payments()) >= PEOPLE);
      await scene.switchTo('provider/sim-pay', 'paused');
      const open = async () => (await scene.count('payout_attempts where closed_at is null')) === 0;
      await scene.eventually('no call is under way', open);
    },
  },
  {
    guard: 'status re-read when a submission is claimed',
    law: 6,
    says: 'submitted for a customer whose status forbids it',
    changes: [
      {
        file: 'src/domain/ledger/payout-gate.ts',
        from: `return { go: false, to: 'held', reason: 'incident' };`,
        to: 'return { go: true };',
      },
    ],
    async play(scene) {
      await scene.prepare();
      await scene.switchTo('provider/sim-pay', 'paused');
      await scene.launch('reported', 'pay', { pay: reward('done') });
      await scene.eventually('all is intended', async () => (await scene.count('payouts')) === PEOPLE);
      await scene.status('c00001', 'incident');
      await scene.switchTo('provider/sim-pay', 'running');
      await scene.quiet();
    },
  },
  {
    guard: 'the budget is looked at before it is taken from',
    law: 3,
    says: 'overspent',
    changes: [
      {
        file: 'src/domain/ledger/budget.ts',
        from: 'return amountMinor <= leftMinor ? amountMinor : null;',
        to: 'return amountMinor;',
      },
    ],
    sql: ['alter table accounts drop constraint accounts_check'],
    async play(scene) {
      await scene.prepare(PEOPLE / 2);
      await scene.launch('rich', 'pay', { pay: reward('done') });
      await scene.quiet();
    },
  },
  {
    guard: 'both entries of a transfer have one amount',
    law: 3,
    says: 'a transfer that does not balance',
    changes: [
      {
        file: 'src/storage/ledger.store.ts',
        from: `select i, s, c, a, u, n, d, r, $1`,
        to: `select i, s, c, case s when 'debit' then a + 1 else a end, u, n, d, r, $1`,
      },
    ],
    async play(scene) {
      await scene.prepare();
      await scene.launch('odd', 'pay', { pay: reward('done') });
      await scene.quiet();
    },
  },
];
