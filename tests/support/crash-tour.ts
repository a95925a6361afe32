/**
 * One tour through everything that clients do with the API, by clients that do not give up: a request that got no answer is sent again, with the
 * same idempotency key, until it has one. Campaigns of a few people that send, wait, reward, are paused, stopped and entered.
 */
import { customers, seen, twoWaves } from './campaigns.js';
import { until, type Reply, type Stack } from './stack.js';

const PEOPLE = 24;
/** The provider loses one reply of ten: of so many in each tour some have to be looked up within a life. */
const REVERSED = 4;
/** Of a client, while the processes that it waits for are killed again and again. */
const PATIENCE_MS = 900_000;
const WHY = { reason: 'test' };
const KRW = (value: string) => ({ value, currency: 'KRW' });

export interface Toured {
  runs: string[];
  /** Message ids of acknowledged events. */
  events: string[];
}

export class PersistentClient {
  /** Requests that ended without an answer. */
  cut = 0;
  /** Requests that wait for theirs. */
  underWay = 0;

  constructor(private readonly stack: Stack) {}

  /** Sends until there is an answer. One that says "done already" to a repeat is as good as the answer that was lost. */
  async send(...request: Parameters<Stack['request']>): Promise<Reply> {
    let repeated = false;
    return await until(
      `${request[0]} ${request[1]}`,
      async () => {
        this.underWay += 1;
        try {
          const reply = await this.stack.request(...request);
          const done = reply.status < 300 || (repeated && [409, 412].includes(reply.status));
          if (done || (reply.status < 500 && reply.status !== 409)) return reply;
          repeated = true; // a 5xx or "in progress": once more
          return null;
        } catch {
          repeated = true;
          this.cut += 1;
          return null;
        } finally {
          this.underWay -= 1;
        }
      },
      PATIENCE_MS,
    );
  }

  /** The answer's body. Errors: of a request that was refused. */
  async ok(...request: Parameters<Stack['request']>) {
    const reply = await this.send(...request);
    if (reply.status >= 300 && ![409, 412].includes(reply.status))
      throw new Error(`${request[0]} ${request[1]} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }
}

const once = (key: string) => ({ headers: { 'idempotency-key': key } });

/** What all tours share stays the same in each, for a new version of it would void the approvals of others; what is new has a key of its own. */
async function define(client: PersistentClient, tag: string): Promise<void> {
  const rule = { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] };
  const template = { channel: 'push', body: '{{ customer.name }}' };
  for (const key of ['everyone', `segment-${tag}`]) await client.ok('PUT', `/v1/segments/${key}`, { name: key, rule });
  for (const key of ['hello', `template-${tag}`]) await client.ok('PUT', `/v1/templates/${key}`, template);
  await client.ok('PUT', '/v1/budgets/main', { name: `main ${tag}`, currency: 'KRW' });
  // once for all tours, for one that has paid is raised by two persons; a new one for each
  const all = { amount: KRW('100000000'), reference: 'all' };
  await client.ok('POST', '/v1/budgets/main/fundings', all, once(`fund-all-${tag}`));
  await client.ok('PUT', `/v1/budgets/budget-${tag}`, { name: tag, currency: 'KRW' });
  const own = { amount: KRW('1000000'), reference: tag };
  await client.ok('POST', `/v1/budgets/budget-${tag}/fundings`, own, once(`fund-${tag}`));
  const policy = { scope: { kind: 'all' }, window: { kind: 'rolling', span: 'PT1S' }, cap: 50 };
  await client.ok('PUT', '/v1/contact-policies/often', policy);
  const people = customers(PEOPLE)
    .map((one) => JSON.stringify(one))
    .join('\n');
  await client.ok('POST', '/v1/customers', people, { headers: { 'content-type': 'application/x-ndjson' } });
}

async function launch(client: PersistentClient, key: string, span: string): Promise<string> {
  const path = `/v1/campaigns/${key}`;
  const draft = twoWaves({ key, span });
  await client.ok('PUT', path, draft, { as: 'marketer', headers: { 'if-none-match': '*' } });
  await client.ok('POST', `${path}/validate`, undefined, { as: 'marketer' });
  const headers = seen(await client.send('GET', path));
  await client.ok('POST', `${path}/approve`, undefined, { as: 'approver', headers });
  const launched = await client.ok(
    'POST',
    `${path}/launch`,
    { trigger: 'now' },
    { as: 'marketer', ...once(`launch-${key}`) },
  );
  if (typeof launched.run !== 'string') throw new Error(`launching ${key}: ${JSON.stringify(launched)}`);
  return launched.run;
}

async function buy(client: PersistentClient, tag: string, ids: string[]): Promise<string[]> {
  const batch = ids.map((userId) => ({
    type: 'track',
    messageId: `purchase-${tag}-${userId}`,
    userId,
    event: 'purchase',
    properties: { amount: 1000 },
  }));
  await client.ok('POST', '/v1/batch', { batch }, { as: 'source' });
  return batch.map(({ messageId }) => messageId);
}

const id = (n: number) => `c${String(n).padStart(5, '0')}`;

/** Errors: of a request that was refused. */
export async function tour(stack: Stack, client: PersistentClient, tag: string): Promise<Toured> {
  await define(client, tag);
  const run = await launch(client, `tour-${tag}`, 'PT12S');
  const stopped = await launch(client, `stopped-${tag}`, 'PT1H');
  const out = (of: string) => async () => {
    const { n } = await stack.one<{ n: string }>('select count(*) as n from outbox where run_id = $1', [of]);
    return Number(n) > 0;
  };
  await until('the first wave is decided', out(run), PATIENCE_MS);
  await client.ok('PUT', `/v1/customers/${id(3)}/status`, { status: 'incident', ...WHY });
  const events = await buy(client, `${tag}-1`, [1, 2, 3, 4, 5, 6].map(id));
  await client.ok('POST', `/v1/runs/${run}/pause`, WHY, { as: 'operator' });
  await client.ok('PUT', `/v1/customers/${id(7)}/consents`, { consents: { 'push:advertising': false }, ...WHY });
  await client.ok('POST', `/v1/runs/${run}/resume`, { ...WHY, overdue: 'shift' }, { as: 'operator' });
  const entrant = { ...customers(1)[0], id: `e-${tag}` };
  await client.ok('POST', '/v1/customers', JSON.stringify(entrant), {
    headers: { 'content-type': 'application/x-ndjson' },
  });
  await client.ok('POST', `/v1/runs/${run}/entrants`, { customers: [entrant.id] }, once(`enter-${tag}`));
  await until('the stopped one has begun', out(stopped), PATIENCE_MS);
  await client.ok('POST', `/v1/runs/${stopped}/stop`, WHY, { as: 'operator' });
  events.push(...(await buy(client, `${tag}-2`, [8, 9, 10].map(id))));
  await decide(stack, client, tag);
  // not before: what they have earned is to be held, so that somebody has to decide about it
  await client.ok('PUT', `/v1/customers/${id(3)}/status`, { status: 'active', ...WHY });
  return { runs: [run, stopped], events };
}

/** What persons decide about what is held, paid or owed by now. A decision that somebody took first, in another tour, is refused: that is well. */
async function decide(stack: Stack, client: PersistentClient, tag: string): Promise<void> {
  const approved = async (path: string, payout: string, key: string): Promise<void> => {
    const { proposed } = (await client.ok('GET', payout)) as { proposed: { tag: string } | null };
    const headers = { ...once(key).headers, 'if-match': proposed?.tag ?? '"none"' };
    await client.send('POST', path, undefined, { as: 'operator', headers });
  };
  const { rows: held } = await stack.pool.query<{ key: string }>(
    `select key from payouts where state = 'held' order by key limit 2`,
  );
  for (const [n, { key }] of held.entries()) {
    const path = `/v1/payouts/${key}`;
    if (n === 0) {
      await client.send('POST', `${path}/approve`, WHY, { as: 'finance', ...once(`approve-${tag}-${n}`) });
      continue;
    }
    await client.send('POST', `${path}/cancel`, WHY, { as: 'finance', ...once(`cancel-${tag}-${n}`) });
    await approved(`${path}/cancel/approve`, path, `cancelled-${tag}-${n}`);
  }
  const { rows: paid } = await stack.pool.query<{ key: string }>(
    `select key from payouts where state = 'paid' order by key limit ${REVERSED}`,
  );
  for (const [n, { key }] of paid.entries()) {
    const path = `/v1/payouts/${key}/reverse`;
    await client.send('POST', path, WHY, { as: 'finance', ...once(`reverse-${tag}-${n}`) });
    await approved(`${path}/approve`, `/v1/payouts/${key}`, `reversed-${tag}-${n}`);
  }
  const { rows: owed } = await stack.pool.query<{ key: string }>(
    `select payout_key as key from owed_items where state = 'open' order by payout_key limit 2`,
  );
  for (const [n, { key }] of owed.entries()) {
    const path = `/v1/owed-items/${key}`;
    if (n === 0) {
      await client.send('POST', `${path}/reissue`, WHY, { as: 'finance', ...once(`reissue-${tag}-${n}`) });
      continue;
    }
    await client.send('POST', `${path}/waive`, WHY, { as: 'finance', ...once(`waive-${tag}-${n}`) });
    await approved(`${path}/waive/approve`, `/v1/payouts/${key}`, `waived-${tag}-${n}`);
  }
}
