/**
 * Temporal's limits, lowered until they are met. Of histories and payloads: by design no workflow comes near them, for it continues as new when the
 * server suggests it, and carries references alone. Met all the same, they cost time and nothing else: who is ended at a limit begins again, and what
 * cannot be started is on the list of what needs a person until it can.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { connectClient } from '../../src/temporal/connect.js';
import { freshState } from '../cli/launcher.js';
import { firing } from '../support/alert-rules.js';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  respond,
  sealed,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { doctorSays } from '../support/doctor.js';
import { OwnServices } from '../support/own-services.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 200;
const ALL = customers(COUNT).map(({ id }) => id);
/** As the server has them: 4,096 events, 51,200 and 2 MB; of a history 4 MB and 50 MB. */
const SUGGESTED = 'limit.historyCount.suggestContinueAsNew';
const EVENTS_MAX = 'limit.historyCount.error';
const BYTES_MAX = 'limit.blobSize.error';
const SUGGESTED_BYTES = 'limit.historySize.suggestContinueAsNew';
const HISTORY_BYTES_MAX = 'limit.historySize.error';
/** What is below these is not looked at. */
const WARNED = { 'limit.historyCount.warn': 10, 'limit.blobSize.warn': 10, 'limit.historySize.warn': 10 };
const LOW = { [SUGGESTED]: 30, [EVENTS_MAX]: 120, [BYTES_MAX]: 16_000 };
/** An activity alone takes a dozen; a sweep has to come to its end. */
const TOO_LOW = { [SUGGESTED]: 100_000, [EVENTS_MAX]: 40 };
/** By size alone: as many events as one likes. */
const LOW_BYTES = { [SUGGESTED]: 100_000, [SUGGESTED_BYTES]: 3_500, [HISTORY_BYTES_MAX]: 100_000 };
const TOO_LOW_BYTES = { [SUGGESTED]: 100_000, [HISTORY_BYTES_MAX]: 16_000 };
/** Less than the beginning of a workflow takes: nobody comes to ask for an activity. (At 3,000 all goes on, a turn per start.) */
const NO_TURN_BYTES = { [HISTORY_BYTES_MAX]: 600 };
/** So that a queue has many turns. */
const SMALL_CALLS = {
  gateways: [{ name: 'sim-gate', batchSize: 5 }],
  providers: [{ idempotent: true, lookup: true }],
};
/** Per second, so that queues are at work for many turns. */
const SLOWLY = { 'provider/sim-pay': 8, 'gateway/sim-gate': 6 };
/** Of an input, less than the id of a run and the clock. */
const TOO_SMALL = { [BYTES_MAX]: 30 };

describe('a Temporal with low limits', () => {
  const settings: Record<string, number> = { ...WARNED, ...LOW };
  let services: OwnServices;
  let stack: Stack;
  const state = freshState();
  beforeAll(async () => {
    services = await OwnServices.start(settings);
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 4,
      services,
      simulator: SMALL_CALLS,
    });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    try {
      await stack?.stop();
    } finally {
      await services?.close();
      state.remove();
    }
  });

  async function limit(to: Record<string, number>): Promise<void> {
    for (const name of Object.keys(settings)) delete settings[name];
    Object.assign(settings, WARNED, to);
    await services.end('temporal', 'stop');
    await services.begin('temporal');
  }
  async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await connectClient({ address: services.temporalAddress, namespace: stack.namespace });
    try {
      return await work(client);
    } finally {
      await client.connection.close();
    }
  }
  /** Of the workflows of ours that have ended, as `lane TERMINATED`, how many; and the longest history of all. */
  const histories = () =>
    withClient(async (client) => {
      const ends = new Map<string, number>();
      let longest = 0;
      const largest: Record<string, number> = {};
      for await (const { workflowId, status, historyLength, historySize = 0 } of client.workflow.list()) {
        if (workflowId.startsWith('clock-probe')) continue; // ended at its start, by design
        const stage = workflowId.includes('/lane/') ? 'lane' : /^[a-z]+/.exec(workflowId)?.[0];
        const end = `${stage} ${status.name}`;
        ends.set(end, (ends.get(end) ?? 0) + 1);
        longest = Math.max(longest, historyLength);
        if (stage) largest[stage] = Math.max(largest[stage] ?? 0, historySize);
      }
      return { ends, longest, largest };
    });
  const endedLanes = (run: string) =>
    withClient(async (client) => {
      const query = `WorkflowId STARTS_WITH 'run/${run}/lane/' and ExecutionStatus = 'Terminated'`;
      return { rows: (await client.workflow.count(query)).count };
    });
  const rate = (system: string, perSecond: number | null) =>
    stack.ok('POST', `/v1/rates/${system}`, { perSecond, reason: 'a test' }, { as: 'operator' });
  const doctor = (check: string) => doctorSays(check, { stack, services, state: state.dir });
  /** Everybody buys, ten by ten: the lane is told again and again. */
  async function buyers(tag: string): Promise<void> {
    for (let from = 0; from < COUNT; from += 10) {
      await respond(stack, ALL.slice(from, from + 10), 'purchase', tag);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
  /** As after the doctor's word: the server has room again; the start of a worker makes the schedule that it has ended. */
  async function mended(): Promise<void> {
    await limit({});
    await stack.worker.kill('SIGTERM');
    await stack.worker.start();
  }
  async function ends(run: string): Promise<void> {
    await settled(stack, run, 300_000);
    const { n } = await stack.one<{ n: number }>(
      `select count(*)::int as n from payouts where run_id = $1 and state = 'paid'`,
      [run],
    );
    expect(n).toBe(COUNT);
    await sealed(stack);
    await stack.auditClean();
  }
  async function wholeRun(key: string): Promise<string> {
    const run = await launch(stack, twoWaves({ key, span: 'PT20M' }));
    await until('somebody waits', () =>
      stack.one(`select 1 from participants where run_id = $1 and node = 'wait-1'`, [run]),
    );
    await buyers(key);
    return run;
  }

  it('ends no history: each goes on as new when that is suggested', async () => {
    await ends(await wholeRun('suggested'));
    const { ends: ended, longest } = await histories();
    console.log(JSON.stringify([...ended]), longest);
    expect(longest).toBeLessThan(LOW[EVENTS_MAX]);
    expect(ended.get('lane CONTINUED_AS_NEW')).toBeGreaterThan(0);
    expect([...ended.keys()].filter((end) => /TERMINATED|FAILED|TIMED_OUT/.test(end))).toEqual([]);
  }, 400_000);

  it('ends histories that are too long, and who was ended is begun again', async () => {
    await limit(TOO_LOW);
    const run = await wholeRun('ended');
    const ended = await until('a lane is ended', async () => {
      const { ends: all } = await histories();
      return all.has('lane TERMINATED') && all;
    });
    console.log(JSON.stringify([...ended]));
    await mended(); // the server has ended the schedule of the sweep, too: its own history was too long
    await ends(run);
  }, 400_000);

  it('ends no history for its size: each goes on as new when that is suggested', async () => {
    await limit(LOW_BYTES);
    const before = await histories();
    for (const [system, perSecond] of Object.entries(SLOWLY)) await rate(system, perSecond);
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // in force
    await ends(await wholeRun('suggested-by-size'));
    for (const system of Object.keys(SLOWLY)) await rate(system, null);
    const { ends: ended, largest } = await histories();
    console.log(JSON.stringify([...ended]), JSON.stringify(largest));
    for (const stage of ['lane', 'delivery', 'payout']) {
      const end = `${stage} CONTINUED_AS_NEW`;
      expect([stage, (ended.get(end) ?? 0) > (before.ends.get(end) ?? 0)]).toEqual([stage, true]);
      expect([stage, (largest[stage] ?? 0) < LOW_BYTES[HISTORY_BYTES_MAX]]).toEqual([stage, true]);
    }
    const wrong = (all: Map<string, number>) => [...all].filter(([end]) => /TERMINATED|FAILED|TIMED_OUT/.test(end));
    expect(wrong(ended)).toEqual(wrong(before.ends));
  }, 400_000);

  it('ends histories that are too large, and who was ended is begun again', async () => {
    await limit(TOO_LOW_BYTES);
    const run = await wholeRun('ended-by-size');
    await until('a lane is ended', async () => {
      const { rows } = await endedLanes(run);
      return rows > 0;
    });
    expect(await doctor('Limits')).toMatch(
      /^fail: Within the hour Temporal has ended \d+ workflows at one of its limits: .*history size exceeds limit.* limit\.historySize\.error/i,
    );
    await mended();
    await ends(run);
  }, 400_000);

  it('lets nobody come to an end of a turn: that needs a person, and goes on once it can', async () => {
    await limit(NO_TURN_BYTES);
    const run = await launch(stack, twoWaves({ key: 'no-turn', span: 'PT20M' }));
    const item = await until(
      'it needs a person',
      async () => {
        const { items } = await stack.ok('GET', '/v1/attention?desk=operator', undefined, { as: 'operator' });
        return (items as { subject: string; code: string; do: { how: string } }[]).find(
          ({ subject }) => subject === `run/${run}`,
        );
      },
      150_000,
      1_000,
    );
    expect(item).toMatchObject({ code: 'run_overdue', cause: 'not_opened', do: { how: './pado doctor' } });
    await until(
      'the alert fires',
      async () => firing(String((await stack.request('GET', '/metrics')).body)).includes('PadoOverdue'),
      180_000,
      2_000,
    );
    expect(await doctor('Limits')).toMatch(/^fail: .*history size exceeds limit/i);
    await mended();
    await until('somebody waits', () =>
      stack.one(`select 1 from participants where run_id = $1 and node = 'wait-1'`, [run]),
    );
    await buyers('no-turn');
    await ends(run);
  }, 500_000);

  it('takes no input: what cannot be started needs a person, and is started once it can be', async () => {
    await limit(TOO_SMALL);
    const run = await launch(stack, twoWaves({ key: 'too-small', span: 'PT20M' }));
    const item = await until(
      'it needs a person',
      async () => {
        const { items } = await stack.ok('GET', '/v1/attention?code=run_overdue', undefined, { as: 'operator' });
        return items[0] as { subject: string; cause: string; do: { what: string; how: string } };
      },
      150_000,
      1_000,
    );
    expect(item).toMatchObject({ subject: `run/${run}`, cause: 'not_opened', do: { how: './pado doctor' } });
    expect(item.do.what).toContain('the log of API and worker says why');
    expect(stack.api.log + stack.worker.log).toMatch(/exceeds size limit|size exceeds limit/);
    await mended();
    await until('somebody waits', () =>
      stack.one(`select 1 from participants where run_id = $1 and node = 'wait-1'`, [run]),
    );
    await buyers('too-small');
    await ends(run);
  }, 500_000);
});
