/**
 * An e-mail campaign over a mail server that refuses, puts off and loses its replies, the worker killed in between: nobody gets it twice, what may
 * have been taken is a person's, and whoever unsubscribes by the link of the mail gets no other.
 */
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { messageIdHeader } from '../../src/channels/mail.js';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { customers, defineBasics, importCustomers, launch } from '../support/campaigns.js';
import { MailServer, type Stage, type Does } from '../support/mail-server.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 240;
const FROM = 'news@bank.example';
const SECRET = Buffer.alloc(32, 5).toString('base64');
/** By number: 10 are refused, 10 put off twice, 10 taken and the reply lost, 10 lost before they were taken. */
const numberOf = (to: string) => Number(/^c(\d+)@/.exec(to)?.[1] ?? 0);

const campaign = (key: string) => ({
  key,
  name: key,
  purpose: 'advertising',
  segment: 'everyone',
  journey: {
    start: 'send',
    nodes: {
      send: { type: 'send', template: 'mail', channel: 'email', gateway: 'mail', next: 'done' },
      done: { type: 'exit' },
    },
  },
});

describe('an e-mail campaign', () => {
  let stack: Stack;
  let server: MailServer;
  const books = mkdtempSync(join(tmpdir(), 'pado-mail-'));
  const puts = new Map<string, number>();

  const does = (stage: Stage, to: string): Does => {
    const n = numberOf(to);
    if (stage === 'rcpt' && n > 0 && n <= 10) return 550;
    if (stage === 'rcpt' && n > 10 && n <= 20) {
      const times = (puts.get(to) ?? 0) + 1;
      puts.set(to, times);
      return times <= 2 ? 450 : null;
    }
    if (stage === 'content' && n > 20 && n <= 30) return 'taken-cut';
    return stage === 'content' && n > 30 && n <= 40 ? 'cut' : null;
  };

  beforeAll(async () => {
    server = await MailServer.start(does);
    const gateway = {
      type: 'smtp',
      name: 'mail',
      url: `smtp://127.0.0.1:${server.port}`,
      from: { address: FROM, name: '파도은행' },
    };
    const env = {
      PADO_GATEWAYS: JSON.stringify([{ ...gateway, tls: 'none', retryAfterMs: 300, simulated: true }]),
      PADO_PUBLIC_URL: 'http://127.0.0.1:1',
      PADO_LINK_SECRETS: SECRET,
    };
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', env: { api: env, worker: env } });
    await defineBasics(stack);
    await stack.ok('PUT', '/v1/templates/mail', {
      channel: 'email',
      title: '{{ customer.name }}님께',
      body: '새 소식입니다.',
    });
    await importCustomers(
      stack,
      customers(COUNT, (n) => ({ consents: { 'email:advertising': true }, addresses: { email: `c${n}@example.com` } })),
    );
  });
  afterAll(async () => {
    await stack.stop();
    await server.close();
    rmSync(books, { recursive: true, force: true });
  });

  const states = async (run: string) => {
    const { rows } = await stack.pool.query<{ state: string; n: number }>(
      'select state, count(*)::int as n from outbox where run_id = $1 group by 1',
      [run],
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  };
  const over = async (run: string) => {
    const { queued = 0, submitting = 0, ...rest } = await states(run);
    const { state } = await stack.one<{ state: string }>('select state from runs where id = $1', [run]);
    return queued + submitting === 0 && state === 'closed' && rest;
  };
  /** Against the mail server's own book. */
  async function auditClean(): Promise<void> {
    const { rows } = await stack.pool.query<{ id: string; customer: string; run: string; node: string }>(
      'select id, customer_id as customer, run_id as run, node from outbox',
    );
    const file = join(books, 'mail.jsonl');
    server.writeBook(file, new Map(rows.map((row) => [messageIdHeader(row.id, FROM), row])));
    const report = await runAudit({ databaseUrl: stack.ownerUrl, providerBooks: [], gatewayBooks: [file] });
    assertClean(report);
  }

  it('reaches everybody at most once, whatever the server and the worker’s death make of it', async () => {
    const run = await launch(stack, campaign('news'));
    await until('half of it is out', async () => server.took.length > COUNT / 2);
    await stack.worker.kill('SIGKILL');
    await stack.worker.start();
    const left = await until('the run is over', () => over(run), 180_000);
    const got = server.took.map(({ to }) => to);
    expect(new Set(got).size).toBe(got.length);
    // what was in hand when the worker died is in doubt as well: one message per attempt, three attempts per shard
    const { accepted = 0, rejected = 0, ambiguous = 0, ...others } = left;
    expect([rejected, others]).toEqual([10, {}]);
    expect(accepted + ambiguous).toBe(COUNT - 10);
    expect(ambiguous).toBeGreaterThanOrEqual(20);
    expect(ambiguous).toBeLessThanOrEqual(20 + 3 * 8);
    expect(got.length).toBeGreaterThanOrEqual(accepted + 10);
    for (let n = 11; n <= 20; n += 1) expect(got.filter((to) => numberOf(to) === n).length).toBeLessThanOrEqual(1);
    const reasons = await stack.pool.query<{ reason: string }>(
      `select distinct reason from outbox where state = 'rejected'`,
    );
    expect(reasons.rows).toEqual([{ reason: 'smtp_550' }]);
    await auditClean();
  }, 300_000);

  it('is refused for good by the link in the mail', async () => {
    const someone = server.took.find(({ to }) => numberOf(to) > 100);
    const [, link = ''] =
      /^List-Unsubscribe: <http:\/\/127\.0\.0\.1:1([^>]+)>/m.exec(someone?.raw.replaceAll(/\r\n[ \t]+/g, ' ') ?? '') ??
      [];
    const headers = { authorization: '', 'content-type': 'application/x-www-form-urlencoded' };
    expect((await stack.request('POST', link, 'List-Unsubscribe=One-Click', { headers })).status).toBe(200);
    const before = server.took.length;
    const run = await launch(stack, campaign('again'));
    await until('the second run is over', () => over(run), 180_000);
    const second = server.took.slice(before).map(({ to }) => to);
    expect(second).not.toContain(someone?.to);
    expect(second.length).toBeGreaterThan(COUNT / 2);
    await auditClean();
  });

  it('puts no address and no text into the logs', () => {
    for (const { log } of [stack.api, ...stack.workers])
      expect(log).not.toMatch(/@example\.com|새 소식|unsubscribe\/[\w-]{20}/);
  });
});
