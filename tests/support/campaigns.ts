/**
 * Definitions that tests launch again and again, through the API like anybody else.
 */
import { until, type Reply, type Stack } from './stack.js';

export interface CustomerRow {
  id: string;
  status?: string;
  consents?: Record<string, unknown>;
  addresses?: Record<string, string>;
  attributes?: Record<string, unknown>;
}

/** Customers with push consent and an address, ids `c00001` upwards. */
export function customers(count: number, over: (n: number) => Partial<CustomerRow> = () => ({})): CustomerRow[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `c${String(n + 1).padStart(5, '0')}`,
    consents: { 'push:advertising': true },
    addresses: { push: `token-${n + 1}` },
    attributes: { name: `손님${n + 1}`, grade: n % 2 === 0 ? 'gold' : 'basic' },
    ...over(n + 1),
  }));
}

export async function importCustomers(stack: Stack, rows: CustomerRow[]): Promise<void> {
  const body = rows.map((row) => JSON.stringify(row)).join('\n');
  await stack.ok('POST', '/v1/customers', body, { headers: { 'content-type': 'application/x-ndjson' } });
}

export interface WaveOptions {
  key?: string;
  span?: string;
  gateway?: string;
  provider?: string;
  rewardValue?: string;
  purpose?: 'advertising' | 'information';
  quietHours?: { from: string; to: string };
  priority?: number;
  /** Of the sends, beside push: SMS by the template `hello-sms` comes first and push after it. */
  smsFirst?: boolean;
}

/** Send, wait for a purchase, reward those who bought, send again to those who did not, wait, reward. */
export function twoWaves(options: WaveOptions = {}): Record<string, unknown> {
  const span = options.span ?? 'PT10S';
  const gateway = options.gateway ?? 'sim-gate';
  const push = { template: 'hello', channel: 'push', gateway };
  const choice = options.smsFirst ? { template: 'hello-sms', channel: 'sms', gateway, fallback: [push] } : push;
  const send = (next: string) => ({ type: 'send', ...choice, next });
  const wait = (next: string) => ({ type: 'wait', span, response: { event: 'purchase' }, next });
  const reward = {
    type: 'reward',
    kind: 'cashback',
    amount: { value: options.rewardValue ?? '5000', currency: 'KRW' },
    budget: 'main',
    provider: options.provider ?? 'sim-pay',
    next: 'done',
  };
  return {
    key: options.key ?? 'two-waves',
    name: '두 번의 파도',
    purpose: options.purpose ?? 'advertising',
    segment: 'everyone',
    priority: options.priority ?? 0,
    quietHours: options.quietHours ?? { from: '00:00', to: '00:00' },
    journey: {
      start: 'send-1',
      nodes: {
        'send-1': send('wait-1'),
        'wait-1': wait('bought-1'),
        'bought-1': { type: 'branch', on: { responded: 'wait-1' }, yes: 'reward-1', no: 'send-2' },
        'reward-1': reward,
        'send-2': send('wait-2'),
        'wait-2': wait('bought-2'),
        'bought-2': { type: 'branch', on: { responded: 'wait-2' }, yes: 'reward-2', no: 'done' },
        'reward-2': reward,
        done: { type: 'exit' },
      },
    },
  };
}

export interface OneSendOptions {
  key: string;
  segment?: string;
  product?: string;
  priority?: number;
  notAfter?: string;
}

/** One push, by night as well to whoever may get it, then the end. */
export function oneSend({ notAfter, ...options }: OneSendOptions): Record<string, unknown> {
  const send = { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'done' };
  return {
    name: options.key,
    purpose: 'advertising',
    segment: 'everyone',
    ...(options.product === undefined ? {} : { review: { exempt: 'a test' } }),
    quietHours: { from: '00:00', to: '00:00' },
    journey: { start: 'send', nodes: { send: { ...send, ...(notAfter ? { notAfter } : {}) }, done: { type: 'exit' } } },
    ...options,
  };
}

/** The segment of those whose attribute `group` is this. */
export async function defineGroup(stack: Stack, value: string): Promise<void> {
  const rule = { combinator: 'and', rules: [{ field: 'attribute.group', operator: '=', value }] };
  await stack.ok('PUT', `/v1/segments/${value}`, { name: value, rule });
}

/** A contact policy over all contacts, unless the body says otherwise. */
export async function putCap(stack: Stack, key: string, body: object): Promise<void> {
  const policy = { scope: { kind: 'all' }, ...body };
  await stack.ok('PUT', `/v1/contact-policies/${key}`, policy, { as: 'operator' });
}

/** Segment `everyone`, template `hello`, budget `main` with funds. */
export async function defineBasics(
  stack: Stack,
  funds = '1000000000',
  body = '{{ customer.name }}님, 새 소식입니다.',
): Promise<void> {
  await stack.ok('PUT', '/v1/segments/everyone', {
    name: 'everyone',
    rule: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] },
  });
  await stack.ok('PUT', '/v1/templates/hello', { channel: 'push', body });
  await stack.ok('PUT', '/v1/budgets/main', { name: 'main', currency: 'KRW' });
  await stack.ok(
    'POST',
    '/v1/budgets/main/fundings',
    { amount: { value: funds, currency: 'KRW' }, reference: 'opening' },
    { headers: { 'idempotency-key': 'opening' } },
  );
}

/** Draft → validated → approved by another → launched; returns the run's id. */
export async function launch(stack: Stack, campaign: Record<string, unknown>, trigger = 'now'): Promise<string> {
  await validated(stack, campaign);
  return await launchDraft(stack, campaign['key'] as string, trigger);
}

/** A new draft, validated, and approved by another. */
export async function validated(stack: Stack, campaign: Record<string, unknown>): Promise<void> {
  const path = `/v1/campaigns/${campaign['key'] as string}`;
  await stack.ok('PUT', path, campaign, { as: 'marketer', headers: { 'if-none-match': '*' } });
  const validation = await stack.ok('POST', `${path}/validate`, undefined, { as: 'marketer' });
  if (!validation.valid) throw new Error(`not valid: ${JSON.stringify(validation.faults)}`);
  await approve(stack, campaign['key'] as string);
}

/** Of what was read: the precondition of a decision about just that. */
export const seen = ({ headers }: Reply): { 'if-match': string } => ({ 'if-match': headers.get('etag') ?? '' });

/** Approve what it is now. */
export async function approve(stack: Stack, key: string): Promise<void> {
  const path = `/v1/campaigns/${key}`;
  const headers = seen(await stack.request('GET', path));
  await stack.ok('POST', `${path}/approve`, undefined, { as: 'approver', headers });
}

/** Launch what is approved; returns the run's id. */
export async function launchDraft(stack: Stack, key: string, trigger = 'now'): Promise<string> {
  const headers = { 'idempotency-key': `launch-${trigger}` };
  const launched = await stack.ok('POST', `/v1/campaigns/${key}/launch`, { trigger }, { as: 'marketer', headers });
  return launched.run as string;
}

/** Segment-spec track events for these customers, through the real ingestion path. */
export async function respond(stack: Stack, customerIds: string[], event = 'purchase', tag = ''): Promise<void> {
  for (let from = 0; from < customerIds.length; from += 500) {
    const batch = customerIds.slice(from, from + 500).map((userId) => ({
      type: 'track',
      messageId: `${event}-${tag}-${userId}`,
      userId,
      event,
      properties: { amount: 1000 },
    }));
    await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
  }
}

/**
 * Wait until the run is closed and nothing is open with gateways and providers. With `keeps`, a message of which nobody knows whether it went out, and
 * which the gate has refused to send again, is no more waited for: it is a person's.
 */
export async function settled(stack: Stack, runId: string, timeoutMs = 240_000, keeps = false): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const open = await stack.one<{ state: string; messages: string; payouts: string }>(
      `select (select state from runs where id = $1) as state,
              (select count(*) from outbox o where run_id = $1 and state in ('queued', 'submitting', 'ambiguous')
                 and not ($2 and state = 'ambiguous' and lookup_at is null and exists (
                   select from trace t where t.run_id = $1 and t.customer_id = o.customer_id and t.steps like '%message=kept:%'))) as messages,
              (select count(*) from payouts where run_id = $1 and state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous')) as payouts`,
      [runId, keeps],
    );
    if (open.state === 'closed' && Number(open.messages) === 0 && Number(open.payouts) === 0) return;
    if (Date.now() > end)
      throw new Error(
        `run ${runId} has not settled: ${JSON.stringify({ ...open, left: await openPayouts(stack, runId) })}; workers running: ${stack.workers.map(({ running }) => running).join(', ')}\n${stack.worker.log.slice(-2_000)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The first of those that are under way, with what they wait for. */
const openPayouts = (stack: Stack, runId: string) =>
  stack.one(
    `select json_agg(p) as payouts from (
       select key, state, reason, attempts, attempt_id, lookup_at, last_attempt_at, clock_timestamp() as now from payouts
       where run_id = $1 and state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous') order by key limit 3) p`,
    [runId],
  );

/** Wait until the sealer has chained every transfer that has been posted. */
export async function sealed(stack: Stack, timeoutMs = 60_000): Promise<void> {
  await until(
    'every transfer and every line of the audit log is sealed',
    async () =>
      (await stack.ok('GET', '/v1/ledger/head')).unsealed === 0 &&
      (await stack.ok('GET', '/v1/audit-log/head')).unsealed === 0,
    timeoutMs,
  );
}
