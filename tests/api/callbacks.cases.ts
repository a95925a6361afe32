/**
 * Callbacks of a provider, signed, in every order that a network can bring them in: early, late, twice, contradicting, about nothing we
 * know. None moves a payout where the table of moves does not lead, and what two books say differently is a break.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PayoutState } from '../../src/domain/ledger/payout-moves.js';
import { Signer } from '../../src/simulator/signature.js';
import { movePayouts } from '../../src/storage/payout-moves.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { seedPayouts, type PayoutScene } from '../support/payouts.js';
import { T0 } from '../support/seed.js';
import type { Stack } from '../support/stack.js';

type Word = 'paid' | 'rejected' | 'reversed';
interface Break {
  kind: string;
  detail: Record<string, unknown>;
}
/** How each state is reached. */
const WAYS: Partial<Record<PayoutState, PayoutState[]>> = {
  intended: [],
  submitting: ['submitting'],
  accepted: ['submitting', 'accepted'],
  ambiguous: ['submitting', 'ambiguous'],
  held: ['held'],
  paid: ['submitting', 'paid'],
  rejected: ['submitting', 'rejected'],
  cancelled: ['cancelled'],
  reversed: ['submitting', 'paid', 'reversed'],
};

export function callbackCases(stack: () => Stack): void {
  describe('a callback about a payout', () => {
    let pool: Pool;
    let scene: PayoutScene;
    let next = 0;
    let sent = 0;

    beforeAll(async () => {
      pool = createPool(stack().appUrl);
      scene = await seedPayouts(stack().pool, pool, 'callbacks', 40, 'sim-pay');
    });
    afterAll(() => pool.end());

    async function payoutIn(state: PayoutState): Promise<string> {
      const key = scene.keys[next] as string;
      next += 1;
      for (const to of WAYS[state] ?? [])
        await inTransaction(pool, (client) => movePayouts(client, [{ key, to }], { now: T0, cause: 'reply' }));
      return key;
    }
    async function tell(key: string, status: Word, id = `callback-${(sent += 1)}`) {
      const { providers } = {
        providers: JSON.parse(stack().simulator.env().PADO_PAYOUT_PROVIDERS) as { secret: string }[],
      };
      const body = JSON.stringify({
        key,
        status,
        reference: 'their-1',
        reason: status === 'rejected' ? 'account_closed' : null,
      });
      const headers = {
        ...new Signer(providers[0]?.secret as string).headers(id, Date.now(), body),
        'content-type': 'application/json',
      };
      const reply = await stack().request('POST', '/v1/provider-callbacks/sim-pay', body, {
        headers: { ...headers, authorization: '' },
      });
      expect(reply.status).toBe(200);
      return reply.body as { repeated: boolean };
    }
    async function see(key: string) {
      const { state } = await stack().one<{ state: string }>('select state from payouts where key = $1', [key]);
      const { rows: breaks } = await stack().pool.query<Break>(
        'select kind, detail from breaks where key = $1 order by no',
        [key],
      );
      const { rows: transfers } = await stack().pool.query<{ kind: string }>(
        'select kind from ledger_transfers where payout_key = $1 order by recorded_at, id',
        [key],
      );
      return { state, breaks, transfers: transfers.map(({ kind }) => kind) };
    }
    const contradiction = (had: string, said: string): Break => ({ kind: 'contradiction', detail: { had, said } });

    it.each<[string, PayoutState, Word, string, string[], Break[]]>([
      ['before the reply', 'submitting', 'paid', 'paid', ['reserve', 'pay'], []],
      ['before the reply, a refusal', 'submitting', 'rejected', 'rejected', ['reserve', 'release'], []],
      ['as announced', 'accepted', 'paid', 'paid', ['reserve', 'pay'], []],
      ['while nobody knows', 'ambiguous', 'rejected', 'rejected', ['reserve', 'release'], []],
      ['while it is held', 'held', 'paid', 'paid', ['reserve', 'pay'], []],
      ['again after the reply', 'paid', 'paid', 'paid', ['reserve', 'pay'], []],
      ['taking it back', 'paid', 'reversed', 'reversed', ['reserve', 'pay', 'reverse'], []],
      [
        'of a payment before anything was submitted',
        'intended',
        'paid',
        'intended',
        ['reserve'],
        [contradiction('intended', 'paid')],
      ],
      [
        'of a refusal after the payment',
        'paid',
        'rejected',
        'paid',
        ['reserve', 'pay'],
        [contradiction('paid', 'rejected')],
      ],
      [
        'of a payment after the refusal',
        'rejected',
        'paid',
        'rejected',
        ['reserve', 'release'],
        [contradiction('rejected', 'paid')],
      ],
      [
        'of a payment after it was cancelled',
        'cancelled',
        'paid',
        'cancelled',
        ['reserve', 'release'],
        [contradiction('cancelled', 'paid')],
      ],
      [
        'of a payment after it was taken back',
        'reversed',
        'paid',
        'reversed',
        ['reserve', 'pay', 'reverse'],
        [contradiction('reversed', 'paid')],
      ],
      [
        'taking back what we had not heard was paid',
        'ambiguous',
        'reversed',
        'reversed',
        ['reserve', 'pay', 'reverse'],
        [],
      ],
      [
        'that takes back what was never submitted',
        'intended',
        'reversed',
        'intended',
        ['reserve'],
        [contradiction('intended', 'reversed')],
      ],
      [
        'that takes back what was refused',
        'rejected',
        'reversed',
        'rejected',
        ['reserve', 'release'],
        [contradiction('rejected', 'reversed')],
      ],
    ])('%s: %s, told %s, is %s', async (_, from, word, state, transfers, breaks) => {
      const key = await payoutIn(from);
      await tell(key, word);
      expect(await see(key)).toEqual({ state, transfers, breaks });
    });

    it('told many times at once, under one id or several, counts once', async () => {
      const key = await payoutIn('accepted');
      const told = await Promise.all(
        ['same', 'same', 'same', 'other', 'third'].map((id) => tell(key, 'paid', `${id}-of-${key}`)),
      );
      expect(told.filter(({ repeated }) => repeated)).toHaveLength(2);
      expect(await see(key)).toEqual({ state: 'paid', transfers: ['reserve', 'pay'], breaks: [] });
    });

    it('and its opposite at once end as whichever was first; the other is a break', async () => {
      const key = await payoutIn('accepted');
      await Promise.all([tell(key, 'paid'), tell(key, 'rejected')]);
      const { state, transfers, breaks } = await see(key);
      expect(breaks).toHaveLength(1);
      expect({ state, transfers }).toEqual(
        state === 'paid'
          ? { state, transfers: ['reserve', 'pay'] }
          : { state: 'rejected', transfers: ['reserve', 'release'] },
      );
    });

    it('of another provider’s payout is about nothing it can know', async () => {
      const { keys } = await seedPayouts(stack().pool, pool, 'elsewhere', 1, 'other-pay');
      await tell(keys[0] as string, 'paid');
      expect(await see(keys[0] as string)).toMatchObject({ state: 'intended', breaks: [{ kind: 'unknown_key' }] });
    });

    it('that contradicts a refusal forbids the reissue of what is owed', async () => {
      const key = await payoutIn('rejected');
      await tell(key, 'paid');
      const reply = await stack().request(
        'POST',
        `/v1/owed-items/${key}/reissue`,
        { reason: 'owed' },
        { as: 'finance' },
      );
      expect(reply).toMatchObject({
        status: 409,
        body: { type: 'urn:pado:problem:conflict', detail: expect.stringContaining('contradicted') },
      });
    });
  });
}
