/**
 * kill -9 at 20 random moments of a demo-sized run: of the worker while it has work in hand, of the API while it has a request in hand, with clients
 * that do not give up, and with the audit running all the while: clean each time, not only at the end, but for the
 * minute of law 8, which begins when nobody is killed any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokenBuild } from '../support/broken-build.js';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { PersistentClient } from '../support/crash-tour.js';
import { Draws } from '../support/draws.js';
import { hastyBuild } from '../support/hasty-build.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';

const COUNT = Number(process.env['PADO_KILL_CUSTOMERS'] ?? 20_000);
const KILLS = 20;
const EVENTS_PER_REQUEST = 100;
/** The machine is the engine's as well. */
const AUDIT_REST_MS = 4_000;

describe('kill -9 at random moments', () => {
  let build: BrokenBuild;
  let stack: Stack;
  const seed = seeded('the moments of the kills');
  const draws = new Draws(seed);

  beforeAll(async () => {
    build = await hastyBuild();
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, build: build.folder });
    stack.simulator.gateway.setLatency([200, 900]);
    stack.simulator.provider.setFaults({ latencyMs: [100, 600], cutAfter: 0.05, acceptThenCallback: 0.1 });
  });
  afterAll(async () => {
    await stack?.stop();
    build?.remove();
  });

  /** Rows that a worker has in hand: people who are due, hand-overs and payouts without a recorded result. */
  const inHand = async () => {
    const { n } = await stack.one<{ n: string }>(
      `select (select count(*) from participants where state = 'active' and due_at <= $1)
            + (select count(*) from message_attempts where closed_at is null)
            + (select count(*) from payout_attempts where closed_at is null) as n`,
      [new Date(await stack.businessNow())],
    );
    return Number(n);
  };

  const runs: string[] = [];
  /** Whatever the machine is busy with otherwise: the next run begins when one has ended before the last kill. */
  async function keepBusy(): Promise<void> {
    const { open } = await stack.one<{ open: boolean }>(
      `select exists (select from runs where id = any($1::text[]) and state <> 'closed') as open`,
      [runs],
    );
    if (!open) runs.push(await launch(stack, twoWaves({ key: `waves-${runs.length + 1}`, span: 'PT45S' })));
  }

  async function killWorker(): Promise<string> {
    for (;;) {
      const hasWork = async () => {
        await keepBusy();
        return (await inHand()) > 0;
      };
      await until('the worker has work', hasWork, 120_000, 30);
      await new Promise((resolve) => setTimeout(resolve, draws.below(600)));
      await stack.worker.kill('SIGKILL');
      const interrupted = await inHand();
      await stack.worker.start();
      if (interrupted > 0) return `worker, ${interrupted} in hand`;
    }
  }

  /** Killed with requests on their way; those that are cut off are seen by their client. */
  async function killApi(client: PersistentClient): Promise<string> {
    const before = client.cut;
    await new Promise((resolve) => setTimeout(resolve, draws.below(300)));
    await until('a request is under way', async () => client.underWay > 0, 60_000, 1);
    await stack.api.kill('SIGKILL');
    await until('its client sees it', async () => client.cut > before, 60_000, 10);
    await stack.api.start();
    stack.simulator.setCallbackUrl(stack.api.url);
    return `api, ${client.cut - before} requests cut off`;
  }

  it('loses nothing, repeats nothing, and the audit is clean all the while', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    await keepBusy();

    const over = new AbortController();
    let audits = 0;
    const auditing = (async () => {
      while (!over.signal.aborted) {
        // the 60 s of law 8 begin when everything is up again: that is judged at the end
        const { laws } = await stack.audit();
        expect(laws.filter(({ law, found }) => law !== 8 && found > 0)).toEqual([]);
        audits += 1;
        await sleep(AUDIT_REST_MS);
      }
    })();
    auditing.catch(() => undefined); // told when it is awaited
    const client = new PersistentClient(stack);
    const acknowledged: string[] = [];
    const buying = (async () => {
      const order = customers(COUNT).filter((_, n) => n % 4 === 0);
      for (let from = 0; !over.signal.aborted; from = (from + EVENTS_PER_REQUEST) % order.length) {
        const batch = order.slice(from, from + EVENTS_PER_REQUEST).map(({ id }) => ({
          type: 'track',
          messageId: `purchase-${acknowledged.length}-${id}`,
          userId: id,
          event: 'purchase',
          properties: { amount: 1000 },
        }));
        await client.ok('POST', '/v1/batch', { batch }, { as: 'source' });
        acknowledged.push(...batch.map(({ messageId }) => messageId));
      }
    })();
    buying.catch(() => undefined);

    const kills: string[] = [];
    while (kills.length < KILLS) kills.push(draws.unit() < 0.3 ? await killApi(client) : await killWorker());
    over.abort();
    await buying;
    await auditing;
    console.log(`${audits} audits beside ${kills.length} kills:\n${kills.join('\n')}`);

    for (const run of runs) await settled(stack, run, 300_000);
    const { n } = await stack.one<{ n: string }>('select count(*) as n from events where name = $1', ['purchase']);
    expect(Number(n)).toBe(acknowledged.length);
    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(new Set(messages.map((line) => line.id)).size).toBe(messages.length);
    await stack.auditClean();
  }, 900_000);
});
