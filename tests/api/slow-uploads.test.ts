/**
 * Files that come slowly, more of them than the API has connections: they hold none while they come, so everybody else is answered; one that stops coming
 * is ended, and leaves nothing.
 */
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Stack, until, type Role } from '../support/stack.js';

const CONNECTIONS = 16;
const OF_A_KIND = 4;
const SETTLED = 'key,reference,amount,currency,paid_at\n';
const KEPT = ['segment_uploads', 'coupon_uploads', 'exclusion_entries', 'settlement_files', 'customers'];

interface Upload {
  as: Role;
  path: string;
  type: string;
  begins: string;
  ends: string;
}
const csv = { type: 'text/csv', begins: 'id\nslow', ends: '-1\n' };
const uploads = (n: number): Upload[] => [
  { as: 'marketer', path: `/v1/segments/slow-${n}/upload?name=slow`, ...csv },
  { as: 'operator', path: `/v1/exclusion-lists/slow/upload?column=id`, ...csv },
  { as: 'marketer', path: '/v1/coupon-pools/slow/upload', ...csv, begins: `code\nSLOW${n}` },
  { as: 'finance', path: `/v1/ledger/settlements/sim-pay/2026-03-0${n + 1}`, ...csv, begins: SETTLED, ends: '' },
  { as: 'operator', path: '/v1/customers', type: 'application/x-ndjson', begins: `{"id":"slow${n}`, ends: '"}\n' },
];

let stack: Stack;
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
beforeAll(async () => {
  stack = await Stack.start({ workers: 0, apis: 1 });
  const content = { name: 'slow' };
  await stack.ok('PUT', '/v1/exclusion-lists/slow', content);
  await stack.ok('PUT', '/v1/coupon-pools/slow', { ...content, warnBelow: 1 });
});
afterAll(async () => {
  agent.destroy();
  await stack.stop();
});

/** Files without a name that the API has open. */
const spools = (): number => {
  const folder = `/proc/${stack.api.pid}/fd`;
  return readdirSync(folder).filter((fd) => {
    try {
      return /pado-.*\/spool \(deleted\)$/.test(readlinkSync(`${folder}/${fd}`));
    } catch {
      return false; // closed meanwhile
    }
  }).length;
};
/** Sessions of the API that have begun to take a file. */
const loading = async () =>
  (
    await stack.one<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'pado-api'
         and (query ilike 'copy %' and state = 'active' or state like 'idle in transaction%')`,
    )
  ).n;
const keptRows = async () =>
  await Promise.all(
    KEPT.map(async (table) => (await stack.one<{ n: number }>(`select count(*)::int as n from ${table}`)).n),
  );

function begun({ as, path, type, begins }: Upload): { sent: ClientRequest; answered: Promise<IncomingMessage> } {
  const headers = { authorization: `Bearer ${stack.keys[as]}`, 'content-type': type };
  const sent = request(stack.api.url + path, { method: 'POST', headers, agent });
  sent.write(begins);
  return { sent, answered: once(sent, 'response').then(([response]) => response as IncomingMessage) };
}
async function answerOf(answered: Promise<IncomingMessage>) {
  const response = await answered;
  const body = JSON.parse(Buffer.concat(await response.toArray()).toString('utf8')) as {
    type?: string;
    detail?: string;
  };
  return { status: response.statusCode, kind: body.type, detail: body.detail, connection: response.headers.connection };
}

it('more slow uploads than there are connections keep nobody waiting; those that stop coming are ended, and leave nothing', async () => {
  const all = Array.from({ length: OF_A_KIND }, (_, n) => uploads(n)).flat();
  expect(all.length).toBeGreaterThan(CONNECTIONS);
  const before = await keptRows();
  const under = all.map((upload, n) => ({ upload, n, ...begun(upload) }));
  await until('all are under way', async () => spools() === all.length || (await loading()) === CONNECTIONS);
  expect((await stack.request('GET', '/v1/campaigns')).status).toBe(200);
  expect(await loading()).toBe(0);

  const [whole, silent] = [under.filter(({ n }) => n < all.length / 2), under.filter(({ n }) => n >= all.length / 2)];
  for (const { sent, upload } of whole) sent.end(upload.ends);
  expect(await Promise.all(whole.map(async ({ answered }) => (await answerOf(answered)).status))).toEqual(
    whole.map(() => 200),
  );
  const after = await keptRows();
  for (const [n, table] of KEPT.entries()) expect([table, after[n]]).not.toEqual([table, before[n]]);

  const slow = {
    status: 408,
    kind: 'urn:pado:problem:slow',
    detail: 'Nothing of the file came for 30 s.',
    connection: 'close',
  };
  const ended = await Promise.all(silent.map(({ answered }) => answerOf(answered)));
  expect(ended).toEqual(silent.map(() => slow));
  await until('no file is left', async () => spools() === 0);
  expect(await loading()).toBe(0);
  expect(await keptRows()).toEqual(after);
});
