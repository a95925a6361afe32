/**
 * A bank's data lake in a folder: customers and events as Parquet, written by DuckDB.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export type Cell = string | number | boolean | Date | null | undefined;

/** SQL of a value; a Date is an instant. */
function sqlOf(value: Cell): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Date) return `'${value.toISOString()}'::timestamptz`;
  // the shortest text of a double is that double
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

export interface Table {
  /** Name and DuckDB's type. */
  columns: Record<string, string>;
  rows: readonly Record<string, Cell>[];
}

/** Writes each table to its file, below `folder`. */
export async function writeParquet(folder: string, tables: Record<string, Table>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`set timezone = 'UTC'`);
    for (const [file, { columns, rows }] of Object.entries(tables)) {
      const path = join(folder, file);
      mkdirSync(join(path, '..'), { recursive: true });
      const names = Object.keys(columns);
      const defined = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
      await connection.run(`create or replace table t (${defined.join(', ')})`);
      for (let at = 0; at < rows.length; at += 500) {
        const values = rows.slice(at, at + 500).map((row) => `(${names.map((name) => sqlOf(row[name])).join(', ')})`);
        await connection.run(`insert into t values ${values.join(', ')}`);
      }
      await connection.run(`copy t to '${path}' (format parquet)`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
