/**
 * A check is two statements: over how many rows it looks, and the rows that are wrong. Both get the run as `$1`, null for all runs;
 * neither runs once per customer.
 */
import type pg from 'pg';
import { LISTED_MAX, type CheckReport, type LawReport, type Violation } from './report.js';

export interface Check {
  /** What is compared with what; in the report. */
  what: string;
  /** What a found row is, in words; a column `wrong` of the row says it more exactly. */
  wrong: string;
  /** One row with one number. */
  rows: string;
  /** The wrong rows; every column is a key of the violation. */
  find: string;
}

export interface Law {
  law: number;
  title: string;
  /** One row with one number: what is under way. */
  open: string;
  checks: Check[];
}

/** The condition that a row belongs to the audited run, where one was asked for. */
export const ofRun = (column: string): string => `($1::text is null or ${column} = $1)`;

/** The number of a table's rows that meet a condition. */
export const count = (from: string, where = 'true'): string => `select count(*) from ${from} where ${where}`;

export async function judge(client: pg.ClientBase, law: Law, runId: string | null): Promise<LawReport> {
  const checks: CheckReport[] = [];
  const violations: Violation[] = [];
  for (const check of law.checks) {
    const rows = await number(client, check.rows, runId);
    const found = await find(client, check, runId);
    violations.push(...found.violations);
    checks.push({ what: check.what, rows, found: found.total });
  }
  const sum = (of: (check: CheckReport) => number) => checks.reduce((total, check) => total + of(check), 0);
  return {
    law: law.law,
    title: law.title,
    checked: sum((check) => check.rows),
    open: await number(client, law.open, runId),
    found: sum((check) => check.found),
    violations,
    checks,
  };
}

async function number(client: pg.ClientBase, sql: string, runId: string | null): Promise<number> {
  const { rows } = await client.query<{ n: string | null }>(`select (${sql})::text as n, $1::text as run`, [runId]);
  return Number(rows[0]?.n ?? 0);
}

/** The first of them in a fixed order, so that two audits of the same tables list the same. */
async function find(
  client: pg.ClientBase,
  check: Check,
  runId: string | null,
): Promise<{ total: number; violations: Violation[] }> {
  const { rows } = await client.query<{ wrong_row: Record<string, unknown>; total: string }>(
    `select to_jsonb(v) as wrong_row, (count(*) over ())::text as total, $1::text as run from (${check.find}) v
     order by to_jsonb(v)::text collate "C" limit ${LISTED_MAX}`,
    [runId],
  );
  const violations = rows.map(({ wrong_row: { wrong, ...keys } }) => ({
    what: typeof wrong === 'string' ? wrong : check.wrong,
    keys: keysOf(keys),
  }));
  return { total: Number(rows[0]?.total ?? 0), violations };
}

function keysOf(row: Record<string, unknown>): Record<string, string | number> {
  const keys: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'string' || typeof value === 'number') keys[name] = value;
    else if (value !== null) keys[name] = JSON.stringify(value);
  }
  return keys;
}
