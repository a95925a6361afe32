/**
 * kill -9 of the API while clients tell events, each acknowledged one in a book of the clients' own: after every restart the book is in the database,
 * what was not acknowledged is repeated and stored once, and what was earned by it is paid once.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { PersistentClient } from '../support/crash-tour.js';
import { Draws } from '../support/draws.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 400;
const KILLS = 8;
const CLIENTS = 12;

describe('kill -9 of the API while events are told', () => {
  let stack: Stack;
  const folder = mkdtempSync(join(tmpdir(), 'pado-client-'));
  const bookFile = join(folder, 'acknowledged');
  const draws = new Draws(seeded('the moments of the kills'));

  beforeAll(async () => {
    writeFileSync(bookFile, '');
    stack = await Stack.start({ sweepSeconds: 4 });
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const book = () =>
    readFileSync(bookFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  /** Of the book, what is neither a customer's event nor kept for somebody who is not known yet. */
  const lost = async (ids: string[]) => {
    const { rows } = await stack.pool.query<{ id: string }>(
      `select id from unnest($1::text[]) as id
       where not exists (select from events where message_id = id) and not exists (select from anonymous_events where message_id = id)`,
      [ids],
    );
    return rows.map(({ id }) => id);
  };

  /** One after the other until it is over; every seventh as an anonymous visitor who is identified by the next call. */
  async function tell(client: PersistentClient, who: number, over: AbortSignal, sent: string[]): Promise<void> {
    for (let n = 0; !over.aborted; n += 1) {
      const userId = `c${String(((who + n * CLIENTS) % COUNT) + 1).padStart(5, '0')}`;
      const anonymousId = `browser-${who}-${n}`;
      const call = { messageId: `m-${who}-${n}`, event: 'purchase', properties: { amount: 1_000 } };
      const requests: [path: string, body: { messageId: string }][] =
        n % 7 === 6
          ? [
              ['/v1/track', { ...call, anonymousId } as typeof call],
              ['/v1/identify', { messageId: `i-${who}-${n}`, userId, anonymousId } as { messageId: string }],
            ]
          : [['/v1/track', { ...call, userId } as typeof call]];
      for (const [path, body] of requests) {
        sent.push(body.messageId);
        await client.ok('POST', path, body, { as: 'source' });
        appendFileSync(bookFile, `${body.messageId}\n`);
      }
    }
  }

  it('loses nothing that was acknowledged, and stores and rewards nothing twice', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT1H' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === COUNT);

    const client = new PersistentClient(stack);
    const over = new AbortController();
    const sent: string[] = [];
    const telling = Promise.all(Array.from({ length: CLIENTS }, (_, who) => tell(client, who, over.signal, sent)));
    telling.catch(() => undefined); // told when it is awaited
    const unanswered: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = book().length;
      await until('events are acknowledged', () => Promise.resolve(book().length > before + 20), 60_000, 10);
      await new Promise((resolve) => setTimeout(resolve, draws.below(200)));
      await until('requests are under way', () => Promise.resolve(client.underWay > CLIENTS / 2), 60_000, 1);
      const cut = client.cut;
      await stack.api.kill('SIGKILL');
      expect(await lost(book())).toEqual([]);
      await until('their clients see it', () => Promise.resolve(client.cut > cut), 60_000, 5);
      unanswered.push(client.cut - cut);
      await stack.api.start();
      stack.simulator.setCallbackUrl(stack.api.url);
      expect(await lost(book())).toEqual([]);
    }
    over.abort();
    await telling;
    console.log(`${book().length} acknowledged over ${KILLS} kills; unanswered at each: ${unanswered.join(', ')}`);

    expect(book().toSorted()).toEqual(sent.toSorted());
    await until('whoever was identified has their events', async () => {
      const { n } = await stack.one<{ n: string }>('select count(*) as n from anonymous_events');
      return Number(n) === 0;
    });
    const { rows } = await stack.pool.query<{ id: string }>(
      `select message_id as id from events where message_id ~ '^[mi]-'`,
    );
    expect(rows.map(({ id }) => id).toSorted()).toEqual(sent.toSorted());
    // everybody bought inside the first window, however slow the machine is: who did has moved on, then the rest of the hour is not waited for
    await until('whoever bought has moved on', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from participants where run_id = $1 and state = 'active' and responded`,
        [run],
      );
      return Number(n) === 0;
    });
    const { status } = await stack.request('POST', `/v1/runs/${run}/stop`, { reason: 'enough' }, { as: 'operator' });
    if (status >= 300) {
      // with several workers everybody may have bought and been paid, which ends the run
      const { state } = await stack.one<{ state: string }>('select state from runs where id = $1', [run]);
      expect([status, state]).toEqual([409, 'closed']);
    }
    await settled(stack, run, 240_000);
    const { rows: buyers } = await stack.pool.query<{ id: string }>(
      `select distinct customer_id as id from events where name = 'purchase' order by 1`,
    );
    const paid = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(paid.map((line) => line.customer).toSorted()).toEqual(buyers.map(({ id }) => id));
    await stack.auditClean();
  }, 600_000);
});
