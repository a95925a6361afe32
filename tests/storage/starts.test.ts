/**
 * Slots on a real database: each is judged once, whoever comes, however often, and whatever becomes of the calendar; in a pause it is listed.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { startSchema, type TimedStart } from '../../src/domain/trigger/start.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { StartsStore } from '../../src/storage/starts.store.js';
import { toldAt } from '../support/attention.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const NOON = Date.parse('2026-03-03T12:00:00+09:00');
const MINUTE = 60_000;
const DAY = 86_400_000;
const daily = (...times: string[]) => startSchema.parse({ type: 'recurring', calendars: [{ times }] }) as TimedStart;

describe('a campaign that starts by calendars', () => {
  let database: TestDatabase;
  let pool: Pool;
  let starts: StartsStore;
  let controls: ControlsStore;
  let key = '';
  let n = 0;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl, { max: 8 });
    starts = new StartsStore(pool);
    controls = new ControlsStore(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    key = `daily-${(n += 1)}`;
    await pool.query(
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ($1, $1, 'launched', '{}', 'm', $2)`,
      [key, new Date(NOON)],
    );
  });

  /** Launch the next version with this start. */
  async function launch(version: number, start: TimedStart, now: number, over: object = {}): Promise<number | null> {
    const campaign = { key, purpose: 'information', zone: 'Asia/Seoul', journey: { start: 'x', nodes: {} }, ...over };
    await pool.query(`insert into campaign_versions values ($1, $2, $3, '', 'm', 'a', 'm', $4)`, [
      key,
      version,
      JSON.stringify({ campaign, segment: {}, templates: {}, waves: {} } as unknown as LaunchedCampaign),
      new Date(now),
    ]);
    return await inTransaction(pool, (client) =>
      starts.put(client, { campaign: key, version, start, zone: 'Asia/Seoul' }, { by: 'm', now }),
    );
  }
  const slots = async () =>
    (await starts.slots(key, '', 100))
      .reverse()
      .map(({ slotAt, skipped, version }) => [slotAt.getTime(), skipped ?? `v${version}`]);
  const runs = async () =>
    (
      await pool.query<{ trigger_key: string }>('select trigger_key from runs where campaign = $1 order by 1', [key])
    ).rows.map((row) => row.trigger_key);

  it('opens one run per slot, however many fire at once', async () => {
    expect(await launch(1, daily('12:00'), NOON - MINUTE)).toBe(NOON);
    expect(await starts.fire(key, NOON - 1)).toEqual({ runs: [], over: false });
    const overdue = (now: number) => toldAt(pool, now, ['start_overdue']);
    expect(await overdue(NOON + 59_000)).toEqual([]);
    expect(await overdue(NOON + MINUTE)).toEqual([`start_overdue campaign/${key} not_fired × 1`]);
    const fired = await Promise.all(Array.from({ length: 6 }, (_, i) => starts.fire(key, NOON + i)));
    expect(fired.flatMap((one) => one.runs)).toHaveLength(1);
    expect(await overdue(NOON + MINUTE)).toEqual([]);
    expect(await runs()).toEqual(['slot-2026-03-03t03-00-00']);
    expect(await slots()).toEqual([[NOON, 'v1']]);
    expect((await starts.find(key))?.nextAt?.getTime()).toBe(NOON + DAY);
    expect(await starts.due(NOON + DAY - 1)).not.toContain(key);
    expect(await starts.due(NOON + DAY)).toContain(key);
  });

  it('never fires a past slot again when its calendar is changed, also back and forth, nor one from before its launch', async () => {
    await launch(1, daily('12:00'), NOON - MINUTE);
    await starts.fire(key, NOON);
    await launch(2, daily('11:58', '11:59', '12:00', '12:02'), NOON + MINUTE);
    await starts.fire(key, NOON + MINUTE);
    expect(await slots()).toEqual([[NOON, 'v1']]);
    await launch(3, daily('12:00', '12:02'), NOON + MINUTE - 30_000); // its clock was behind
    await starts.fire(key, NOON + 2 * MINUTE);
    await starts.fire(key, NOON + 2 * MINUTE);
    expect(await slots()).toEqual([
      [NOON, 'v1'],
      [NOON + 2 * MINUTE, 'v3'],
    ]);
    expect(await runs()).toHaveLength(2);
  });

  it('skips and lists slots of a pause, and none of them is made up for', async () => {
    await launch(1, daily('12:00', '12:10', '12:20'), NOON - MINUTE);
    const to = (state: 'paused' | 'running') =>
      controls.switch({ scope: `campaign/${key}`, state, overdue: 'shift', reason: 'r' }, { by: 'o', now: NOON });
    await starts.fire(key, NOON);
    await to('paused');
    await starts.fire(key, NOON + 10 * MINUTE);
    await pool.query(`update controls set state = 'running' where scope = $1`, [`campaign/${key}`]);
    await starts.fire(key, NOON + 15 * MINUTE);
    await starts.fire(key, NOON + 20 * MINUTE);
    expect(await slots()).toEqual([
      [NOON, 'v1'],
      [NOON + 10 * MINUTE, 'paused'],
      [NOON + 20 * MINUTE, 'v1'],
    ]);
  });

  it('after an outage fires the newest slot only, lists the others, and nothing that is too late', async () => {
    await launch(1, daily('12:00'), NOON - MINUTE);
    await starts.fire(key, NOON + 2 * DAY + MINUTE);
    expect(await slots()).toEqual([
      [NOON, 'missed'],
      [NOON + DAY, 'missed'],
      [NOON + 2 * DAY, 'v1'],
    ]);
    await starts.fire(key, NOON + 3 * DAY + 61 * MINUTE);
    expect((await slots()).at(-1)).toEqual([NOON + 3 * DAY, 'missed']);
    const audit = await pool.query<{ after: unknown }>(
      `select after from audit_log where action = 'campaign.skip' and subject = $1 order by no`,
      [`campaign/${key}`],
    );
    expect(audit.rows.map(({ after }) => (after as unknown[]).length)).toEqual([2, 1]);
  });

  it('skips a slot when the review of its advertising has run out', async () => {
    const reviewed = { purpose: 'advertising', review: { number: '1', validUntil: '2026-03-03' } };
    await launch(1, daily('12:00'), NOON - MINUTE, reviewed);
    await starts.fire(key, NOON);
    await starts.fire(key, NOON + DAY);
    expect(await slots()).toEqual([
      [NOON, 'v1'],
      [NOON + DAY, 'review_invalid'],
    ]);
  });

  it('starts at a time once, then has no next; ended, it starts nothing', async () => {
    const at = startSchema.parse({ type: 'at', at: '2026-03-03T12:00:00+09:00' }) as TimedStart;
    expect(await launch(1, at, NOON - DAY)).toBe(NOON);
    expect(await starts.fire(key, NOON + DAY)).toMatchObject({ runs: [expect.any(String)], over: true });
    expect(await starts.fire(key, NOON + 2 * DAY)).toEqual({ runs: [], over: true });
    expect(await launch(2, daily('12:00'), NOON + DAY + 1)).toBe(NOON + 2 * DAY);
    await pool.query(`update campaigns set state = 'ended' where key = $1`, [key]);
    expect(await starts.fire(key, NOON + 2 * DAY)).toEqual({ runs: [], over: true });
    expect((await slots()).at(-1)).toEqual([NOON + 2 * DAY, 'stopped']);
    expect(await starts.due(NOON + 9 * DAY)).not.toContain(key);
  });
});
