/**
 * The payout machine on its real tables for model-based tests: each method is one thing that may happen next, to what is on its way between
 * worker and provider or to the rows.
 */
import { expect } from '@jest/globals';
import { resolveByLookup, resolveWithoutLookup, type Resolution } from '../../src/domain/ledger/payout-replies.js';
import { OwedItemsStore } from '../../src/storage/owed-items.store.js';
import type { PayoutClaim } from '../../src/storage/payout-claims.store.js';
import { PayoutDecisions } from '../../src/storage/payout-decisions.store.js';
import type { DueLookup } from '../../src/storage/payout-lookups.js';
import type { Proposal } from '../../src/storage/payout-proposals.store.js';
import { inTransaction, type Pool } from '../../src/storage/pool.js';
import type { TestDatabase } from './database.js';
import { budgetSums, passTransportTime, payoutQueue, queueAt, type PayoutScene } from './payouts.js';
import { proposedFor } from './proposals.js';
import type { InFlight, ProviderModel, Verdict } from './provider-model.js';
import { T0 } from './seed.js';

export const TIMEOUT_MS = 1_000;
export const LEASE_MS = 20_000;
export const WINDOW_MS = 60_000;
export const PAYOUTS = 3;

/** The machine on its real tables, with what is on its way. */
export class Machine {
  readonly inFlight: InFlight[] = [];
  readonly asked: { item: DueLookup; resolution: Resolution }[] = [];
  readonly met = new Set<string>();
  private readonly queue: ReturnType<typeof payoutQueue>;
  private readonly decisions = new PayoutDecisions();
  private readonly owed: OwedItemsStore;

  constructor(
    private readonly database: TestDatabase,
    private readonly pool: Pool,
    readonly scene: PayoutScene,
    readonly provider: ProviderModel,
  ) {
    this.queue = payoutQueue(pool, () => {
      throw new Error('the model is called by the test alone');
    });
    this.owed = new OwedItemsStore(pool);
  }

  private get at() {
    return queueAt(this.scene);
  }

  async claim(limit: number): Promise<void> {
    this.take(await this.queue.claims.claim(this.at, limit, LEASE_MS), false);
  }

  private take(claim: PayoutClaim, isRepeat: boolean): void {
    if (claim.kind !== 'claimed') return;
    for (const { key, attemptId, ageMs } of claim.orders) {
      const claimedAt = this.provider.now();
      this.inFlight.push({
        key,
        attemptId,
        ageMs,
        isRepeat,
        claimedAt,
        sentAt: null,
        reply: null,
        recorded: false,
        crashed: false,
      });
    }
  }

  /** As the activity does: a repeat that would come too late is not sent; a dead worker's lease is over before anything else is. */
  send(n: number): void {
    const request = this.pick(n, (one) => one.sentAt === null && !one.recorded);
    if (!request) return;
    const waited = this.provider.now() - request.claimedAt;
    if (waited > LEASE_MS - TIMEOUT_MS) return;
    if (request.isRepeat && request.ageMs + waited + TIMEOUT_MS >= this.provider.terms.idempotencyMs) return;
    request.sentAt = this.provider.now();
  }

  act(n: number, verdict: Verdict): void {
    const request = this.pick(n, (one) => one.sentAt !== null && one.reply === null);
    if (request && this.provider.act(request, verdict)) this.met.add(`act ${verdict}`);
  }

  /** The worker learns the reply, or that there is none: it is recorded in time, late, or never (a crash). */
  async record(n: number, lost: boolean): Promise<void> {
    const request = this.pick(n, (one) => !one.recorded);
    if (!request) return;
    // what was not sent is pushed back; an answer that has not come is not known
    const reply =
      request.sentAt === null
        ? { kind: 'later' as const, retryAfterMs: 0 }
        : !lost && request.reply
          ? request.reply
          : { kind: 'unknown' as const };
    request.recorded = true;
    this.met.add(`reply ${reply.kind}`);
    await this.queue.payouts.record(
      this.at,
      [{ key: request.key, attemptId: request.attemptId, reply }],
      this.provider.terms,
    );
  }

  crash(n: number): void {
    const request = this.pick(n, (one) => !one.recorded);
    if (request) request.recorded = request.crashed = true;
  }

  /** A worker that was given up wakes and records what it had been told, however much has happened since. */
  async recordLate(n: number): Promise<void> {
    const request = this.pick(n, (one) => one.crashed && one.reply !== null);
    if (!request?.reply) return;
    request.crashed = false;
    this.met.add('recorded late');
    await this.queue.payouts.record(
      this.at,
      [{ key: request.key, attemptId: request.attemptId, reply: request.reply }],
      this.provider.terms,
    );
  }

  async expire(): Promise<void> {
    if ((await this.queue.payouts.expireLeases(this.at)) > 0) this.met.add('lease expired');
  }

  /** Ask now; the answers are recorded by a later step. */
  async ask(): Promise<void> {
    const { terms } = this.provider;
    const due = await this.queue.payouts.dueLookups(this.at, terms, 10);
    for (const item of due.items) {
      const resolution = terms.lookup
        ? resolveByLookup(terms, item, this.provider.lookup(item.key))
        : resolveWithoutLookup(terms, item);
      this.asked.push({ item, resolution });
    }
  }

  async learn(): Promise<void> {
    const answers = this.asked.splice(0);
    const latest = [...new Map(answers.map((answer) => [answer.item.key, answer])).values()];
    for (const { resolution } of latest) this.met.add(`look-up ${resolution.kind}`);
    await this.queue.payouts.recordLookups(
      this.at,
      latest.flatMap(({ item: { key, attempts }, resolution }) =>
        resolution.kind === 'resubmit' ? [] : [{ key, attempts, resolution }],
      ),
      this.provider.terms,
    );
    const again = latest.flatMap(({ item, resolution }) => (resolution.kind === 'resubmit' ? [item.key] : []));
    if (again.length > 0) this.take(await this.queue.claims.reclaim(this.at, again, LEASE_MS), true);
  }

  /** Told early, late or again; a contradiction only of what is decided here as well as there. */
  async callback(n: number, contradict: boolean): Promise<void> {
    const keys = this.provider.keys();
    const key = keys[n % Math.max(1, keys.length)];
    const word = key === undefined ? null : this.provider.wordOf(key);
    if (key === undefined || !word || word.status === 'accepted') return;
    const { state } = await this.see(key);
    if (contradict && state !== word.status) return;
    const opposite = word.status === 'paid' ? 'rejected' : 'paid';
    const status = contradict ? opposite : (word.status as 'paid' | 'rejected');
    this.met.add(contradict ? 'callback contradicts' : 'callback');
    const callback = {
      provider: this.scene.provider,
      key,
      reference: word.reference,
      status,
      reason: null,
      paidAt: null,
      code: null,
    };
    await inTransaction(this.pool, (client) => this.queue.payouts.recordCallback(client, callback, T0));
    if (contradict) expect((await this.see(key)).state).toBe(state);
  }

  async pass(ms: number): Promise<void> {
    this.provider.pass(ms);
    await passTransportTime(this.database.pool, this.scene.provider, ms);
  }

  async setStatus(n: number, status: 'active' | 'incident'): Promise<void> {
    await this.database.pool.query('update customers set status = $2 where id = $1', [
      `${this.scene.runId}-c${n % PAYOUTS}`,
      status,
    ]);
  }

  async person(n: number, what: 'approve' | 'ask' | 'cancel' | 'settle' | 'reissue'): Promise<void> {
    const { rows } = await this.database.pool.query<{ key: string }>(
      'select key from payouts where run_id = $1 order by key',
      [this.scene.runId],
    );
    const key = rows[n % rows.length]?.key as string;
    const by = (person: string) => ({ by: person, now: T0 });
    const kind = await inTransaction(this.pool, async (client) => {
      switch (what) {
        case 'approve':
          return (await this.decisions.approve(client, key, 'r', by('ann'))).kind;
        case 'ask':
          if (!this.provider.terms.lookup) return 'refused';
          return (await this.decisions.askAbout(client, key, 'r', by('ann'))).kind;
        case 'reissue':
          return (await this.owed.reissue(client, key, 'r', by('ann'))).kind;
        default: {
          const proposal = this.proposal(what, key);
          if (!proposal || (await this.decisions.propose(client, key, proposal, by('ann'))).kind !== 'done')
            return 'refused';
          const seen = await proposedFor(this.pool, key, client);
          return (await this.decisions.confirm(client, key, { kind: what, seen }, by('bob'))).kind;
        }
      }
    });
    this.met.add(`${what} ${kind}`);
  }

  /** The provider's owner speaks the truth, and only about what cannot reach it any more. */
  private proposal(what: 'cancel' | 'settle', key: string): Proposal | null {
    const common = { reason: 'r', reference: null };
    if (what === 'cancel') return { kind: 'cancel', word: null, ...common };
    const mayArrive = this.inFlight.some(
      (one) =>
        one.key === key &&
        !one.reply &&
        (one.sentAt === null ? !one.recorded : this.provider.now() <= one.sentAt + TIMEOUT_MS),
    );
    const status = this.provider.wordOf(key)?.status;
    if (mayArrive || status === 'accepted') return null;
    return { kind: 'settle', word: status === 'paid' ? 'paid' : 'rejected', ...common };
  }

  async see(key: string): Promise<{ state: string }> {
    const { rows } = await this.database.pool.query<{ state: string }>('select state from payouts where key = $1', [
      key,
    ]);
    return rows[0] as { state: string };
  }

  all() {
    return this.database.pool
      .query<{ key: string; slot_key: string; state: string; generation: number }>(
        'select key, slot_key, state, generation from payouts where run_id = $1 order by key',
        [this.scene.runId],
      )
      .then(({ rows }) => rows);
  }

  /** True at any moment. */
  async check(): Promise<void> {
    const rows = await this.all();
    for (const [slot, generations] of Map.groupBy(rows, (row) => row.slot_key)) {
      const payments = generations.reduce((sum, { key }) => sum + (this.provider.payments.get(key) ?? 0), 0);
      expect({ slot, payments: Math.min(payments, 2) }).toEqual({ slot, payments: Math.min(payments, 1) });
    }
    for (const { key, state } of rows) {
      const payments = this.provider.payments.get(key) ?? 0;
      if (state === 'paid') expect({ key, state, payments }).toEqual({ key, state, payments: 1 });
      if (state === 'rejected' || state === 'cancelled')
        expect({ key, state, payments }).toEqual({ key, state, payments: 0 });
    }
  }

  /** Everything is whole again: nothing is left that is not decided or in a person's hands. */
  async settle(): Promise<void> {
    for (const request of this.inFlight) request.recorded = true; // the workers of before are gone
    for (let turn = 0; turn < 6; turn += 1) {
      await this.pass(LEASE_MS + 1_000);
      await this.expire();
      await this.ask();
      await this.learn();
      await this.claim(10);
      while (this.inFlight.some((one) => !one.recorded)) {
        this.send(0);
        this.act(0, 'paid');
        await this.record(0, false);
      }
      for (const { key, state } of await this.all()) {
        this.provider.decide(key, 'paid');
        if (state === 'accepted') await this.callback(this.provider.keys().indexOf(key), false);
      }
    }
    for (const { key, state } of await this.all()) {
      expect({ key, ends: ['paid', 'rejected', 'cancelled', 'held'].includes(state), state }).toEqual({
        key,
        ends: true,
        state,
      });
    }
    expect(await this.queue.payouts.nextInMs(this.at)).toBeNull();
    const sums = await budgetSums(this.database.pool, this.scene.budget);
    expect({ reserved: sums.reserved, spent: sums.spent }).toEqual({ reserved: sums.open, spent: sums.paid });
  }

  private pick(n: number, fits: (request: InFlight) => boolean): InFlight | undefined {
    const fitting = this.inFlight.filter(fits);
    return fitting[n % Math.max(1, fitting.length)];
  }
}
