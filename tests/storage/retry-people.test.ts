/**
 * Whoever was set apart goes on where they stood, whatever became of the run meanwhile: nothing of theirs is sent, earned or claimed twice, and people add up.
 * Who may not is told why, and whoever is killed in the middle, or comes again, changes nothing more.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { totalsOf } from '../../src/domain/retry/effect.js';
import type { PlainSelector } from '../../src/domain/retry/selector.js';
import { CustomerPrivacyStore } from '../../src/storage/customer-privacy.store.js';
import { inTransaction } from '../../src/storage/pool.js';
import { RetryWork } from '../../src/storage/retry-work.store.js';
import { poison } from '../support/poison.js';
import { ARA, BORA, CHAN, DAMI, NOBODY, PEOPLE, RetryPeople } from '../support/retry-people.js';
import { SPAN_MS, T0 } from '../support/seed.js';

describe('people who were set apart', () => {
  let scene: RetryPeople;
  beforeAll(async () => {
    scene = await RetryPeople.open();
  });
  beforeEach(() => scene.begun());
  afterAll(() => scene.end());

  const ALL: PlainSelector = { what: 'participants', run: 'run' };

  it('go on where they stood, in a run that has closed: what they would get is told first, and they get it once', async () => {
    await scene.fail();
    expect(await scene.close(SPAN_MS + 1)).toBe(true);
    await poison(scene.db, PEOPLE, null);
    const { no, items } = await scene.plan(ALL, 60_000);
    expect(totalsOf(items)).toEqual({
      items: 3,
      acts: 3,
      sends: 2,
      pays: [{ currency: 'KRW', count: 1, minor: 400 }],
      would: { put_back: 3 },
      nothing: {},
    });
    expect(await scene.carryOut(60_000)).toBe(0); // a plan does nothing
    expect(await scene.begin(no, 60_000)).toBe('done');
    expect(await scene.carryOut(60_000)).toBe(2);
    expect(await scene.standing()).toEqual([
      'ara send active',
      'bora wait active',
      'chan wait active',
      'dami no timeout',
      'eun yes responded',
    ]);
    await scene.peopleAddUp();
    const open = `select r.state || ' ' || l.done || ' ' || s.late_until as text from runs r join lanes l on l.run_id = r.id join listeners s on s.run_id = r.id`;
    expect(await scene.list(open)).toEqual(['running false infinity']);

    await scene.lane(60_000);
    await scene.lane(60_000 + SPAN_MS);
    expect(await scene.standing()).toEqual([
      'ara no timeout',
      'bora no timeout',
      'chan yes responded',
      'dami no timeout',
      'eun yes responded',
    ]);
    await scene.peopleAddUp();
    expect(await scene.close(120_000)).toBe(true);
    expect(await scene.list(`select customer_id || ' ' || node as text from outbox order by 1`)).toEqual([
      'ara send',
      'ara send-2',
      'bora send',
      'bora send-2',
      'chan send',
      'dami send',
      'dami send-2',
      'eun send',
    ]);
    expect(await scene.list(`select key as text from payouts order by 1`)).toEqual([
      'p/run/reward/1/chan/1',
      'p/run/reward/1/eun/1',
    ]);
    const trace = `select t.steps || ' ' || (x.versions ->> 'by') || ' ' || (x.versions ->> 'reason') as text
      from trace t join decision_contexts x on x.id = t.context_id where x.kind = 'retry' and t.customer_id = 'chan'`;
    expect(await scene.list(trace)).toEqual([`wait#1:retried=${no} o the data was mended`]);
  });

  it('told again, or named again, change nothing: each says that it was retried before', async () => {
    await scene.fail();
    await poison(scene.db, PEOPLE, null);
    const first = await scene.plan(ALL, 60_000);
    const second = await scene.plan(ALL, 60_000); // both were planned while they were set apart
    await scene.begin(first.no, 60_000);
    await scene.carryOut(60_000);
    expect(await scene.begin(first.no, 61_000)).toBe('done');
    expect(await scene.carryOut(61_000)).toBe(0);
    expect(await scene.begin(second.no, 61_000)).toBe('done'); // less would be done by now
    await scene.carryOut(61_000);
    expect(await scene.outcomes(second.no)).toEqual([
      'ara nothing not_failed',
      'bora nothing not_failed',
      'chan nothing not_failed',
    ]);
    const third = await scene.plan({ ...ALL, customers: [ARA, DAMI, 'nobody'] }, 62_000);
    expect(await scene.outcomes(third.no)).toEqual(['ara retried_before', 'dami not_failed', 'nobody not_selected']);
    expect(await scene.begin(third.no, 62_000)).toBe('nothing');
    expect(await scene.list(`select count(*)::text as text from trace where steps like '%retried=%'`)).toEqual(['3']);
    await scene.peopleAddUp();
  });

  it('of a run that has expired stay as they ended: nothing of it would be left to go on from', async () => {
    await scene.fail();
    const planned = await scene.plan(ALL, 60_000);
    await scene.db.query('alter table retentions disable trigger retentions_floors');
    await scene.db.query(`insert into retention_policies values ('runs', 1, 100, 'r', 'a', now())`);
    await scene.db.query(
      `insert into retentions (kind, policy, run_id, through, removed, at) values ('runs', 1, 'run', now(), '{}', now())`,
    );
    await scene.begin(planned.no, 60_000);
    await scene.carryOut(60_000);
    const stay = ['ara', 'bora', 'chan'].map((who) => `${who} nothing expired`);
    expect(await scene.outcomes(planned.no)).toEqual(stay);
    expect(await scene.outcomes((await scene.plan(ALL, 61_000)).no)).toEqual([
      'ara expired',
      'bora expired',
      'chan expired',
    ]);
    expect(await scene.list(`select count(*)::text as text from participants where state = 'failed'`)).toEqual(['3']);
  });

  it('whose data is as it was are set apart again, and may be retried again', async () => {
    await scene.fail();
    await poison(scene.db, [ARA, BORA], null);
    const { no } = await scene.plan({ ...ALL, node: 'wait' }, 60_000);
    await scene.begin(no, 60_000);
    await scene.carryOut(60_000);
    await scene.lane(60_000);
    expect(await scene.standing()).toContain('chan wait failed_data');
    await scene.peopleAddUp();
    await poison(scene.db, [CHAN], null);
    const again = await scene.plan({ ...ALL, customers: [CHAN] }, 70_000);
    await scene.begin(again.no, 70_000);
    await scene.carryOut(70_000);
    await scene.lane(70_000);
    expect(await scene.standing()).toEqual(expect.arrayContaining(['bora no timeout', 'chan yes responded']));
    await scene.peopleAddUp();
  });

  it('whose answer came late meanwhile keep what it earned, and go on as who did not answer', async () => {
    await scene.fail();
    await scene.purchase(BORA, 15_000, 30_000);
    await poison(scene.db, PEOPLE, null);
    const { no } = await scene.plan({ ...ALL, customers: [BORA] }, 60_000);
    await scene.begin(no, 60_000);
    await scene.carryOut(60_000);
    await scene.lane(60_000);
    expect(await scene.standing()).toContain('bora no timeout');
    expect(await scene.list(`select key as text from payouts where customer_id = 'bora'`)).toEqual([
      'p/run/reward/1/bora/1',
    ]);
    expect(await scene.list(`select count(*)::text as text from closed_waits where customer_id = 'bora'`)).toEqual([
      '1',
    ]);
  });

  it('go on once, though whoever carries it out is killed in the middle and two go on', async () => {
    await scene.fail();
    await poison(scene.db, PEOPLE, null);
    const { no } = await scene.plan(ALL, 60_000);
    await scene.begin(no, 60_000);
    await new RetryWork(scene.pool, 'test', NOBODY, 1).batch(T0 + 60_000);
    expect(await scene.outcomes(no)).toEqual(['ara done', 'bora null', 'chan null']);
    await Promise.all([scene.carryOut(61_000, 1), scene.carryOut(61_000, 1), scene.carryOut(61_000, 1)]);
    await scene.carryOut(62_000);
    expect(await scene.outcomes(no)).toEqual(['ara done', 'bora done', 'chan done']);
    expect(await scene.retries.find(no)).toMatchObject({ outcomes: { done: 3 }, done: expect.any(Date) });
    expect(await scene.list(`select count(*)::text as text from trace where steps like '%retried=%'`)).toEqual(['3']);
    await scene.peopleAddUp();
  });

  it('of a run that is stopped or paused stay where they are, and so does who was erased', async () => {
    await scene.fail();
    const control = (state: string) =>
      scene.db.query(
        `insert into controls (scope, state, reason, actor, at) values ('run/run', $1, 'test', 'o', $2) on conflict (scope) do update set state = $1`,
        [state, new Date(T0)],
      );
    const { no } = await scene.plan(ALL, 60_000);
    await new CustomerPrivacyStore(scene.pool).erase(ARA, { by: 'o', reason: 'r', now: T0 + 60_000 });
    await scene.begin(no, 60_000);
    await control('paused');
    const whys = async () => (await scene.planner.find(ALL, { by: 'o', now: T0 })).items.map(({ why }) => why);
    expect(await whys()).toEqual(['erased', 'paused', 'paused']);
    await control('stopped');
    expect(await whys()).toEqual(['erased', 'stopped', 'stopped']);
    await scene.carryOut(60_000);
    expect(await scene.outcomes(no)).toEqual(['ara nothing stopped', 'bora nothing stopped', 'chan nothing stopped']);
    await control('running');
    const next = await scene.plan(ALL, 61_000);
    expect(await scene.outcomes(next.no)).toEqual(['ara erased', 'bora null', 'chan null']);
  });

  it('in a large retry wait for a second person, and for none where more would be sent than was shown', async () => {
    await scene.fail();
    const { no } = await scene.plan(ALL, 60_000, { items: 2, minor: 1_000 });
    expect(await scene.begin(no, 60_000)).toBe('needs_approval');
    expect(await scene.begin(no, 60_000, { alone: false })).toBe('own_retry');
    const shown = await scene.plan({ ...ALL, customers: [ARA] }, 60_000, { items: 0, minor: 0 });
    const current = { acts: 1, sends: 2, pays: [] };
    const grown = await inTransaction(scene.pool, (client) =>
      scene.retries.begin(client, shown.no, { alone: false, current }, { by: 'f', now: T0 }),
    );
    expect(grown).toBe('grown');
    expect(await scene.carryOut(60_000)).toBe(0);
    expect(await scene.begin(no, 60_000, { by: 'f', alone: false })).toBe('done');
    await scene.carryOut(60_000);
    expect(await scene.outcomes(no)).toEqual(['ara done', 'bora done', 'chan done']);
  });
});
