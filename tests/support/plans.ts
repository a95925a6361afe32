/**
 * What a statement reads, as Postgres explains it.
 */
import type pg from 'pg';
import { createPool, type Pool } from '../../src/storage/pool.js';

export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

export const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** The same client, which keeps what it is asked. */
export function listening(client: pg.PoolClient): { client: pg.PoolClient; statements: [string, unknown[]][] } {
  const statements: [string, unknown[]][] = [];
  const query = (sql: string, values: unknown[]) => {
    statements.push([sql, values]);
    return client.query(sql, values);
  };
  return { client: { query } as unknown as pg.PoolClient, statements };
}

export interface Statement {
  text: string;
  values: unknown[];
}

/** A pool that keeps what it is asked. */
export function recording(url: string): { pool: Pool; statements: Statement[] } {
  const pool = createPool(url);
  const statements: Statement[] = [];
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const recorded = (...args: unknown[]) => {
      if (typeof args[0] === 'string')
        statements.push({ text: args[0], values: Array.isArray(args[1]) ? args[1] : [] });
      return query(...args);
    };
    client.query = recorded as typeof client.query;
  });
  return { pool, statements };
}

/** How the planner would go about each of them now, without running them; those that read or write rows. */
export async function planned(
  pool: Pool,
  statements: readonly Statement[],
): Promise<{ statement: Statement; nodes: PlanNode[] }[]> {
  const plans: { statement: Statement; nodes: PlanNode[] }[] = [];
  for (const statement of statements) {
    if (!/^\s*(select|with|update|insert|delete)\b/i.test(statement.text)) continue;
    const { rows } = await pool.query<pg.QueryResultRow>(`explain (format json) ${statement.text}`, statement.values);
    plans.push({ statement, nodes: nodesOf(rows[0]?.['QUERY PLAN'][0].Plan as PlanNode) });
  }
  return plans;
}

/** Where these plans read `table`; not where they write it. */
export const readsOf = (plans: readonly { nodes: PlanNode[] }[], table: string): PlanNode[] =>
  plans
    .flatMap(({ nodes }) => nodes)
    .filter((node) => node['Relation Name'] === table && node['Node Type'] !== 'ModifyTable');

/** Runs the statement: how it looked at `table`, as kind of scan and index of each look, and how many pages all of it read. */
export async function looksAt(
  client: pg.PoolClient,
  table: string,
  [sql, values]: [string, unknown[]],
): Promise<{ scans: [string, string | undefined][]; pages: number }> {
  const { rows } = await client.query<pg.QueryResultRow>(`explain (analyze, buffers, format json) ${sql}`, values);
  const plan = rows[0]?.['QUERY PLAN'][0].Plan as PlanNode;
  const looks = nodesOf(plan).filter((node) => node['Relation Name'] === table);
  return {
    scans: looks.map((node) => [node['Node Type'], node['Index Name']]),
    pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
  };
}
