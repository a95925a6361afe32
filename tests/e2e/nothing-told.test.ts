/**
 * A full run over people with unmistakable names, phones, e-mails, accounts and tokens, through faults of every kind: none of them is in Temporal, in the
 * logs at debug level, in the names of Redis' keys, in metrics or in any error that is provoked. And no secret is anywhere, the database included.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  oneSend,
  respond,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';
import { dumped, keysOfRedis, leaks, toldToTemporal } from '../support/told.js';

const COUNT = 40;
const PEOPLE = {
  name: '비밀이름',
  phone: '1055551234',
  email: 'very-secret-person',
  account: '998877665544',
  token: 'push-token-of-somebody',
};
const person = (n: number) => ({
  name: `${PEOPLE.name}${n}`,
  phone: `+82${PEOPLE.phone}${n}`,
  email: `${PEOPLE.email}-${n}@leak.example`,
  account: `${PEOPLE.account}-${n}`,
});
const ROWS = customers(COUNT, (n) => {
  const { name, account, phone, email } = person(n);
  return {
    consents: { 'push:advertising': true, 'email:advertising': true },
    addresses: { push: `${PEOPLE.token}-${n}`, phone, email },
    attributes: { name, account },
  };
});
/** Of a key of a caller: what is behind its id. */
const secretOf = (key: string) => key.slice('pado_0123456789ab_'.length);
const bytes = (n: number) => Buffer.alloc(32, n);
const KEYS = { links: bytes(11), ledger: bytes(12), boxes: bytes(13) };
const ENV = {
  PADO_LOG_LEVEL: 'debug',
  PADO_PUBLIC_URL: 'http://127.0.0.1:1',
  PADO_LINK_SECRETS: KEYS.links.toString('base64'),
  PADO_LEDGER_KEYS: KEYS.ledger.toString('base64'),
  PADO_BOX_KEYS: KEYS.boxes.toString('base64'),
};

describe('an installation at work', () => {
  let stack: Stack;
  let logs: () => string;
  const told: string[] = [];
  const keys: string[] = [];

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', env: { api: ENV, worker: ENV } });
    for (const child of [stack.api, stack.worker]) child.keepLog = Infinity;
    logs = () => stack.api.log + stack.worker.log;
    await defineBasics(stack);
    await importCustomers(stack, ROWS);
    await failingDatabase();
    await provoke();
    await runThroughFaults();
  });
  afterAll(() => stack?.stop());

  /** Two decisions fail as a whole, and one person's each time, by errors that quote what they were about. */
  async function failingDatabase(): Promise<void> {
    await stack.pool.query(`
      create sequence failures;
      create function quote_row() returns trigger language plpgsql security definer as $$
      begin
        if nextval('failures') <= 2 then raise exception 'failed with %', new.body using detail = new.body; end if;
        if new.customer_id = 'c00003' then raise exception 'bad value %', new.body using errcode = '22000'; end if;
        return new;
      end $$;
      create trigger quote_row before insert on outbox for each row execute function quote_row()`);
  }

  async function runThroughFaults(): Promise<void> {
    stack.simulator.gateway.setFaults({ reject: 0.1, error5xxAfter: 0.2, cutAfter: 0.1, partialBatch: 0.1 });
    stack.simulator.provider.setFaults({ reject: 0.1, cutAfter: 0.2, error5xxBefore: 0.2, callbackDuplicate: 0.3 });
    const run = await launch(stack, twoWaves({ span: 'PT12S' }));
    const sent = async () =>
      (await stack.one<{ n: number }>(`select count(*)::int as n from outbox where state = 'accepted'`)).n;
    await until('most of the first wave is out', async () => (await sent()) > COUNT / 2);
    await respond(
      stack,
      ROWS.slice(0, COUNT / 2).map(({ id }) => id),
    );
    await settled(stack, run, 120_000, true);
    await launch(stack, oneSend({ key: 'once-more' }));
  }

  /** Every wrong request names somebody; what is answered is kept. */
  async function provoke(): Promise<void> {
    const { name, phone, email, account } = person(1);
    const everything = { name, phone, email, account, token: PEOPLE.token };
    const text = JSON.stringify(everything);
    const ask = async (method: string, path: string, body?: unknown, type?: string) => {
      const headers = { ...(type ? { 'content-type': type } : {}), 'idempotency-key': `provoked-${told.length}` };
      const reply = await stack.request(method, path, body, { headers });
      if (reply.status < 400) throw new Error(`${method} ${path} was meant to be refused`);
      told.push(`${reply.status} ${JSON.stringify(reply.body)}`);
    };
    const JSON_LINES = 'application/x-ndjson';
    for (const path of [
      '/v1/campaigns/validate',
      '/v1/segments/count',
      '/v1/batch',
      '/v1/track',
      '/v1/keys',
      '/v1/identify',
    ])
      for (const body of [everything, [everything], text.slice(0, -2)])
        await ask('POST', path, body, 'application/json');
    for (const row of [
      { id: email, addresses: { phone } },
      { id: 'x', status: name },
      { id: 'x', addresses: { phone: name, email: phone, push: 1, fax: account } },
      { id: 'x', consents: { 'fax:x': name, 'push:advertising': phone } },
      { id: 'x', zone: name, attributes: { 'no name': { deep: account } } },
    ])
      await ask('POST', '/v1/customers', JSON.stringify(row), JSON_LINES);
    await ask('POST', '/v1/customers', `${text}\n${text.slice(5)}`, JSON_LINES);
    await ask(
      'POST',
      '/v1/customers',
      `id,address.phone,status\nx,${phone},${name}\n${email},${name},"${account}`,
      'text/csv',
    );
    await ask('POST', '/v1/segments/listed/upload?name=listed', `who\n${email}\n${account}\n`, 'text/csv');
    await ask('PUT', '/v1/templates/x', { channel: name, body: `{{ customer.${email} | ${account} }}` });
    await ask('PUT', '/v1/customers/c00001/status', { status: name, reason: account });
    await ask('GET', `/v1/customers/${encodeURIComponent(email)}`);
    await ask('GET', `/v1/runs/${encodeURIComponent(phone)}/customers/${encodeURIComponent(name)}`);
    await ask('GET', `/v1/payouts?customer=${encodeURIComponent(name)}&state=${encodeURIComponent(account)}`);
    await ask('POST', '/v1/provider-callbacks/sim-pay', { key: phone, status: name, code: account });
    const key = (await stack.ok('POST', '/v1/keys', { name: 'n', role: 'operator', reason: 'r' })).key as string;
    keys.push(key);
    await ask('GET', '/v1/nothing', undefined);
  }

  const everywhere = async () => [
    ...(await toldToTemporal(stack)),
    { where: 'log of the API', text: stack.api.log },
    { where: 'log of the worker', text: stack.worker.log },
    { where: 'metrics', text: String((await stack.request('GET', '/metrics')).body) },
    ...(await keysOfRedis()),
    ...told.map((text, n) => ({ where: `answer ${n}`, text })),
  ];
  const secrets = () => {
    const of = (variable: 'PADO_PAYOUT_PROVIDERS' | 'PADO_GATEWAYS') =>
      (JSON.parse(stack.simulator.env()[variable]) as { secret: string }[])[0]?.secret.replace('whsec_', '') as string;
    const raw = { provider: of('PADO_PAYOUT_PROVIDERS'), gateway: of('PADO_GATEWAYS') };
    const hex = Object.entries({ ...raw, ...KEYS }).map(([name, value]) => [
      `${name} in hex`,
      Buffer.from(value as string, 'base64').toString('hex'),
    ]);
    return {
      ...raw,
      ...Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [name, key.toString('base64')])),
      ...(Object.fromEntries(hex) as Record<string, string>),
      ...Object.fromEntries(Object.entries(stack.keys).map(([role, key]) => [`key of ${role}`, secretOf(key)])),
      'key that was made': secretOf(keys[0] as string),
    };
  };

  it('went through what it was meant to go through', async () => {
    const histories = (await toldToTemporal(stack)).filter(({ where }) => where.startsWith('workflow'));
    expect(histories.length).toBeGreaterThan(4);
    expect(histories.some(({ text }) => text.includes('SQLSTATE P0001'))).toBe(true);
    expect(logs()).toContain('"level":20');
    const { paid, failed } = await stack.one<{ paid: number; failed: number }>(
      `select (select count(*) from payouts where state = 'paid')::int as paid,
              (select count(*) from participants where customer_id = 'c00003' and state = 'failed')::int as failed`,
    );
    expect({ paid: paid > 0, failed: failed > 0, told: told.length > 25 }).toEqual({
      paid: true,
      failed: true,
      told: true,
    });
  });

  it('tells nobody’s data to Temporal, the logs, Redis’ keys, metrics or in an error', async () => {
    const places = await everywhere();
    expect(leaks(places, PEOPLE)).toEqual([]);
    // each of them is known to be found where it belongs
    const kept = leaks(await dumped(stack), PEOPLE).join('\n');
    for (const what of Object.keys(PEOPLE)) expect(kept).toContain(`: ${what}`);
  });

  it('tells no secret to anybody, and keeps none in its database', async () => {
    expect(leaks([...(await everywhere()), ...(await dumped(stack))], secrets())).toEqual([]);
  });
});
