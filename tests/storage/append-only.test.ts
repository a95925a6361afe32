/**
 * Law 3 and the books' word: what is append-only can be changed by nobody, neither by the application's role nor by the owner of the tables.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createPool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { T0 } from '../support/seed.js';

const APPEND_ONLY = [
  'applied_migrations',
  'audit_log',
  'audit_log_seals',
  'breaks',
  'budget_changes',
  'budget_decisions',
  'campaign_entries',
  'campaign_versions',
  'closed_waits',
  'consent_changes',
  'consent_notices',
  'contact_policies',
  'reward_caps',
  'coupon_refused_rows',
  'coupon_uploads',
  'decision_contexts',
  'exclusion_entries',
  'exclusion_lists',
  'exports',
  'gate_versions',
  'late_claims',
  'ledger_closings',
  'ledger_entries',
  'ledger_heads',
  'ledger_seals',
  'ledger_transfers',
  'lucky_draws',
  'payout_files',
  'payout_moves',
  'provider_hours',
  'rates',
  'receipts',
  'replay_reports',
  'restoration_moves',
  'restorations',
  'retention_policies',
  'retentions',
  'result_file_refusals',
  'result_files',
  'retries',
  'retry_items',
  'retry_moves',
  'retry_outcomes',
  'segment_refused_rows',
  'segment_uploaded',
  'segment_uploads',
  'segments',
  'settlement_break_moves',
  'settlement_files',
  'settlement_matches',
  'settlement_rows',
  'signed_heads',
  'start_slots',
  'templates',
  'trace',
];
const REFUSED = '42501';

describe('what is append-only', () => {
  let database: TestDatabase;
  let app: pg.Pool;

  beforeAll(async () => {
    database = await createDatabase();
    app = createPool(database.appUrl, { max: 2 });
    const at = `'${new Date(T0).toISOString()}'`;
    const day = `${at}::timestamptz::date`;
    const rows = [
      `insert into audit_log (at, actor, action, subject) values (${at}, 'a', 'x', 'y')`,
      `insert into audit_log_seals values (1, (select no from audit_log limit 1), decode(repeat('00', 32), 'hex'), decode(repeat('01', 32), 'hex'))`,
      `insert into breaks (system, key, kind, detail, at) values ('provider/p', 'k', 'unknown_key', '{}', ${at})`,
      `insert into budgets values ('b', 'b', 'KRW', 'f', ${at})`,
      `insert into budget_changes (budget, kind, currency, reason, requested_by, requested_at) values ('b', 'close', 'KRW', 'r', 'f', ${at})`,
      `insert into budget_decisions (change, verdict, decided_by, at) values (1, 'approved', 'a', ${at})`,
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ('c', 'c', 'launched', '{}', 'm', ${at})`,
      `insert into campaign_versions values ('c', 1, '{}', '', 'm', 'a', 'm', ${at})`,
      `insert into campaign_entries values ('c', 'm', 1, null, 1, 'r', ${at})`,
      `insert into start_slots values ('c', ${at}, 1, 'slot', 'paused', null, ${at})`,
      `insert into contact_policies (key, version, scope, "window", cap, created_by, created_at) values ('p', 1, '{}', '{}', 1, 'm', ${at})`,
      `insert into reward_caps values ('c', 1, '{}', '{}', '{}', true, 'f', ${at})`,
      `insert into provider_hours (provider, zone, from_minute, to_minute) values ('p', 'Asia/Seoul', 540, 1080)`,
      `insert into applied_migrations values ('x', 'may run')`,
      `insert into retention_policies values ('events', 1, 100, 'r', 'a', ${at})`,
      `insert into retentions (kind, policy, through, removed, at) values ('events', 1, ${at}::timestamptz - interval '100 days', '{}', ${at})`,
      `insert into rates (system, per_second, reason, actor, at) values ('gateway/g', 1, 'r', 'o', ${at})`,
      `insert into replay_reports (build, fine, broken, types, breaks, staying, actor, at) values ('b', 0, 0, '[]', '[]', '[]', 'o', ${at})`,
      `insert into payout_files values ('p', 1, 'KRW', 1, 1, '', '', ${at})`,
      `insert into result_files values ('p', 1, '', 0, ${at})`,
      `insert into result_file_refusals values ('p', 'n', '', 'faulty', 'w', ${at})`,
      `insert into coupon_pools values ('drinks', 'drinks', 0, 'm', ${at})`,
      `insert into coupon_uploads values ('drinks@1', 'drinks', 1, 0, 0, 1, ${at}, 'm', ${at})`,
      `insert into coupon_refused_rows values ('drinks@1', 2, 'r')`,
      `insert into lucky_boxes (key, name, currency, created_by, created_at) values ('b', 'b', 'KRW', 'm', ${at})`,
      `insert into lucky_prizes values ('b', 0, 'n', 'nothing', 0, 1, null, 0)`,
      `insert into lucky_draws values ('b', 1, 'p/1', 'r', 0, 0, null, ${at})`,
      `insert into decision_contexts (kind, queue, step, now, build, versions, snapshot)
       values ('cohort', '0', 1, ${at}, 'b', '{}', pg_current_snapshot())`,
      `insert into gate_versions (customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at)
       values ('m', 1, 'active', 'Asia/Seoul', '{"push:advertising": {"granted": true}}', 's', ${at}, ${at})`, // and by a trigger a consent_change
      `insert into consent_notices (customer_id, channel, purpose, kind, change_no, told_at, actor, recorded_at)
       values ('m', 'push', 'advertising', 'result', 1, ${at}, 'a', ${at})`,
      `insert into exclusion_lists (key, version, name, active, created_by, created_at) values ('l', 1, 'l', true, 'o', ${at})`,
      `insert into exports (kind, name, query, bytes, sha256, statement, signatures, actor, at)
       values ('report', 'r.csv', '{}', 0, decode(repeat('00', 32), 'hex'), '', '{}', 'f', ${at})`,
      `insert into exclusion_entries (list, customer_id, excluded, valid_from, valid_to, actor, at)
       values ('l', 'm', true, ${at}, ${at}, 'o', ${at})`,
      `insert into accounts (key, kind, currency) values ('budget:b', 'budget', 'KRW'), ('funding:b', 'funding', 'KRW')`,
      `insert into closed_waits values ('m', 'r', 'w', 1, 1, ${at}, ${at}, ${at})`,
      `insert into late_claims (run_id, node, visit, customer_id, campaign, wave, event_no, occurred_at, received_at, window_to, rewards)
       values ('r', 'w', 1, 'm', 'c', 1, 1, ${at}, ${at}, ${at}, '{}')`,
      `insert into ledger_transfers (id, kind, at, business_on, posted_on) values ('b#fund/1', 'fund', ${at}, ${day}, ${day})`,
      `insert into ledger_entries values ('b#fund/1', 'debit', 'budget:b', 5, 'KRW', 1, 5, 0, ${at}),
         ('b#fund/1', 'credit', 'funding:b', 5, 'KRW', 1, 0, 5, ${at})`,
      `insert into ledger_days values ('budget:b', ${day}, 5, 0, 1, ${at}, ${at}, ${day})`,
      `insert into ledger_closings (month, kind, reason, proposed_by, approved_by, at) values ('2026-03-01', 'close', 'r', 'f', 'a', '2026-04-02')`,
      `insert into ledger_seals values (1, 'b#fund/1', decode(repeat('00', 32), 'hex'), decode(repeat('01', 32), 'hex'))`,
      `insert into ledger_heads (no, seals, hash) values (1, 1, decode(repeat('01', 32), 'hex'))`,
      `insert into payout_moves (payout_key, to_state, cause, at) values ('p/1', 'intended', 'cohort', ${at})`,
      `insert into receipts values ('m/1', 'g', 'delivered', ${at}, ${at})`,
      `insert into segments values ('s', 1, 's', '{}', 'm', ${at})`,
      `insert into segment_uploads values ('s@1', 's', 1, 1, 0, 0, 0, 'm', ${at})`,
      `insert into segment_uploaded values ('s@1', 'm')`,
      `insert into segment_refused_rows values ('s@1', 2, 'r')`,
      `insert into settlement_files values ('p@1', 'p', ${day}, 1, 'UTC', 'uploaded', decode(repeat('01', 32), 'hex'), 1, 'f', ${at})`,
      `insert into settlement_rows values ('p@1', 2, 'k', null, 5, 'KRW', ${at})`,
      `insert into settlement_matches (provider, day, file, posted, rows, matched, opened, explained, actor, at)
       values ('p', ${day}, 'p@1', 0, 1, 0, 1, 0, 'f', ${at})`,
      `insert into settlement_breaks (id, provider, day, class, key, reversal, facts, state, opened_at)
       values ('b', 'p', ${day}, 'date', 'k', false, '{}', 'open', ${at})`,
      `insert into settlement_break_moves (break_id, to_state, cause, facts, at) values ('b', 'open', 'match/1', '{}', ${at})`,
      `insert into restorations (restored_to, at, temporal_at, reason, actor) values (${at}, ${at}, ${at}, 'r', 'o')`,
      `insert into restoration_moves (restoration_no, kind, reason, actor, at) values (1, 'propose', 'r', 'o', ${at})`,
      `insert into retries (selector, reason, asked_by, at, acts, sends, pays, "left", alone_items, alone_minor, needs_approval)
       values ('{}', 'r', 'o', ${at}, 1, 0, '[]', 0, 100, 0, false)`,
      `insert into retry_items (retry_no, no, kind, subject, effect) values (1, 1, 'participant', 'm', 'put_back')`,
      `insert into retry_moves (retry_no, kind, actor, at) values (1, 'begun', 'o', ${at})`,
      `insert into retry_outcomes (retry_no, item_no, outcome, at) values (1, 1, 'done', ${at})`,
      `insert into signed_heads (no, kind, key_id, statement, signatures) values (1, 'key', 'k', '{}', '{}')`,
      `insert into templates (key, version, channel, body, created_by, created_at) values ('t', 1, 'push', 'b', 'm', ${at})`,
      `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps) values ('r', 'm', 1, 1, 1, '')`,
    ];
    for (const row of rows) await app.query(row);
  });
  afterAll(async () => {
    await app.end();
    await database.drop();
  });

  it('is all of it and nothing else', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `select relname as name from pg_class c
       where relkind = 'r' and relnamespace = 'public'::regnamespace and obj_description(oid) like 'append-only%' order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(APPEND_ONLY));
  });

  const refusal = (pool: pg.Pool, sql: string) =>
    pool.query(sql).then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
  /** A column of the table, set to itself: no constraint can be what refuses it. */
  async function column(table: string): Promise<string> {
    const { rows } = await database.pool.query<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and attidentity = '' order by attnum limit 1`,
      [table],
    );
    return rows[0]?.name as string;
  }

  describe.each([
    ['the application', () => app],
    ['the owner', () => database.pool],
  ])('for %s', (_, pool) => {
    it.each(APPEND_ONLY)('%s takes no update, delete or truncation', async (table) => {
      const name = await column(table);
      expect({
        update: await refusal(pool(), `update ${table} set ${name} = ${name}`),
        delete: await refusal(pool(), `delete from ${table}`),
        truncate: await refusal(pool(), `truncate ${table} cascade`),
      }).toEqual({ update: REFUSED, delete: REFUSED, truncate: REFUSED });
      const { rowCount } = await database.pool.query(`select from ${table}`);
      expect(rowCount).toBeGreaterThan(0);
    });

    it('a table that others refer to is not emptied through them either', async () => {
      expect(await refusal(pool(), 'truncate campaigns cascade')).toBe(REFUSED);
      expect(await refusal(pool(), 'truncate accounts cascade')).toBe(REFUSED);
    });
  });

  it('is not switched off by the application', async () => {
    expect(await refusal(app, 'alter table trace disable trigger all')).toBe(REFUSED);
    expect(await refusal(app, 'drop table trace')).toBe(REFUSED);
    expect(await refusal(app, `set session_replication_role = 'replica'`)).toBe(REFUSED);
  });
});
