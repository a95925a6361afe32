/**
 * What interleaved sessions meet over: a small installation put there by the real stores, a business clock that only goes forward, and a
 * gateway and a provider in this process that keep books for the audit.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { campaignSchema } from '../../src/domain/journey/definition.js';
import { wavesOf } from '../../src/domain/journey/validate.js';
import type { LookupReply, SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { bucketOf } from '../../src/domain/base/hash.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { CustomersStore } from '../../src/storage/customers.store.js';
import type { Pool } from '../../src/storage/pool.js';
import type { Draws } from './draws.js';
import { openRun } from './open-run.js';
import { seedPolicy, T0 } from './seed.js';

export const GATE = 'gate';
export const PAY = 'pay';
export const RUNS = ['spring', 'summer'] as const;
export const LANES = 2;
const BUDGET = 'main';

/** Send, wait 20 s for a purchase; a reward for the answer, a second message without one. */
function launched(key: string): LaunchedCampaign {
  const send = (next: string) => ({ type: 'send', template: 'hello', channel: 'push', gateway: GATE, next });
  const amount = { value: '5000', currency: 'KRW' };
  const campaign = campaignSchema.parse({
    key,
    name: key,
    purpose: 'advertising',
    segment: 'everyone',
    quietHours: { from: '00:00', to: '00:00' },
    journey: {
      start: 'send',
      nodes: {
        send: send('wait'),
        wait: { type: 'wait', span: 'PT20S', response: { event: 'purchase' }, next: 'answered' },
        answered: { type: 'branch', on: { responded: 'wait' }, yes: 'reward', no: 'again' },
        reward: { type: 'reward', kind: 'cashback', amount, budget: BUDGET, provider: PAY, next: 'done' },
        again: send('done'),
        done: { type: 'exit' },
      },
    },
  });
  const template = { key: 'hello', version: 1, channel: 'push' as const, title: null, body: 'hi' };
  return {
    campaign,
    segment: {
      key: 'everyone',
      version: 1,
      rule: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] },
    },
    templates: { send: template, again: template },
    waves: wavesOf(campaign.journey),
  };
}

interface Terms {
  customers: readonly string[];
  cap: number;
  /** Rewards that the budget can pay. */
  rewards: number;
}

/** Two running runs over the same customers, two lanes each. */
export async function seedWorld(owner: pg.Pool, app: Pool, { customers, cap, rewards }: Terms): Promise<void> {
  const now = T0;
  async function* rows() {
    for (const [n, id] of customers.entries()) {
      const consents = { 'push:advertising': { granted: true } };
      yield { line: n + 1, id, bucket: bucketOf(id), consents, addresses: { push: `token-${id}` } };
    }
  }
  await new CustomersStore(app).import(rows(), { source: 'import:test', now });
  await seedPolicy(owner, cap);
  const budgets = new BudgetsStore(app);
  await budgets.put({ key: BUDGET, name: BUDGET, currency: 'KRW' }, { by: 'f', now });
  const client = await app.connect();
  await client.query('begin');
  const funding = { budget: BUDGET, amount: { minor: 5_000 * rewards, currency: 'KRW' }, reference: 'opening' };
  await budgets.fund(client, funding, { by: 'f', now });
  await client.query('commit');
  client.release();
  for (const run of RUNS) await seedRun(owner, app, run);
}

async function seedRun(owner: pg.Pool, app: Pool, run: string): Promise<void> {
  await openRun(owner, app, launched(run), T0);
  // so few people have one lane; here they get two
  await owner.query('update lanes set stripe_to = 32 where run_id = $1', [run]);
  await owner.query('insert into lanes (run_id, lane, stripe_from, stripe_to) values ($1, 1, 32, 64)', [run]);
  await owner.query(
    `update participants p set lane = 1 from customers c where c.id = p.customer_id and c.bucket >= 512 and p.run_id = $1`,
    [run],
  );
}

/** Business time: it only goes forward, by what is drawn. */
export class Clock {
  private ms = T0;

  constructor(private readonly draws: Draws) {}

  now(): number {
    this.ms += 1 + this.draws.below(1_200);
    return this.ms;
  }

  skip(ms: number): void {
    this.ms += ms;
  }
}

/** What a call comes to: acted and told, acted and not told, neither, or told to come later. */
export const FATES = ['told', 'told', 'told', 'lost', 'nothing', 'later'] as const;
export type Fate = (typeof FATES)[number];

class Book {
  private acts = 0;

  constructor(readonly file: string) {
    writeFileSync(file, '');
  }

  write(line: object): string {
    this.acts += 1;
    const reference = `ref-${this.acts}`;
    appendFileSync(this.file, `${JSON.stringify({ ...line, reference })}\n`);
    return reference;
  }
}

/** Idempotent, with look-up; a message is in its book if and only if it went out. */
export class BookedGateway {
  readonly book: Book;
  private readonly known = new Map<string, { status: 'accepted' | 'rejected'; reason: null; reference: string }>();

  constructor(folder: string) {
    this.book = new Book(join(folder, `${GATE}.jsonl`));
  }

  act({ id, channel, body, meta }: { id: string; channel: string; body: string; meta: object }) {
    const known = this.known.get(id);
    if (known) return known;
    const bodySha256 = createHash('sha256').update(body).digest('hex');
    const reference = this.book.write({ type: 'message', id, channel, bodySha256, meta });
    const result = { status: 'accepted' as const, reason: null, reference };
    this.known.set(id, result);
    return result;
  }

  lookup(id: string) {
    const result = this.known.get(id);
    return result ? { kind: 'found' as const, result } : { kind: 'absent' as const };
  }
}

/** Idempotent, with look-up; every seventh customer's payouts are rejected. */
export class BookedProvider {
  readonly book: Book;
  private readonly known = new Map<string, SubmitReply & { kind: 'word' }>();

  constructor(folder: string) {
    this.book = new Book(join(folder, `${PAY}.jsonl`));
  }

  act(key: string, body: string): SubmitReply & { kind: 'word' } {
    const known = this.known.get(key);
    if (known) return known;
    const order = JSON.parse(body) as {
      kind: string;
      customer: { id: string };
      amount: { value: string; currency: string };
    };
    const rejected = bucketOf(order.customer.id) % 7 === 0;
    const { value: amount, currency } = order.amount;
    const line = { key, amount, currency, kind: order.kind, customer: order.customer.id };
    const reference = this.book.write({ type: rejected ? 'rejection' : 'payment', ...line });
    const status = rejected ? ('rejected' as const) : ('paid' as const);
    const reply = { kind: 'word' as const, word: { status, reason: null, reference, paidAt: null, code: null } };
    this.known.set(key, reply);
    return reply;
  }

  lookup(key: string): LookupReply {
    return this.known.get(key) ?? { kind: 'absent' };
  }

  keys(): string[] {
    return [...this.known.keys()];
  }
}
