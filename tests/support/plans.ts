/**
 * What a statement reads, as Postgres explains it.
 */
import type pg from 'pg';

export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
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
