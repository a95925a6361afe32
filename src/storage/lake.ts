/**
 * One question to a lake: a DuckDB of its own in memory that may read the source's folder and nothing else, for a bounded time, with bounded
 * memory. What it says of a failure may quote a file's content, so only the kind of failure is passed on.
 */
import type * as Duckdb from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { compileFor } from '../domain/segment/compile.js';
import { DuckdbDialect } from '../domain/segment/duckdb-dialect.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import { schemaOf, type SourceConfig } from '../domain/segment/source.js';
import { customersView, eventsView, literal, scan, type Columns } from './lake-views.js';

/** `late`: it took longer than it may. `memory`: it needs more than it may have. `files`: they cannot be read as configured. */
export type LakeFailure = 'late' | 'memory' | 'files';

export class LakeError extends Error {
  constructor(
    readonly source: string,
    readonly failure: LakeFailure,
  ) {
    super(`the source ${source} did not answer: ${failure}`);
  }
}

/** Told, not guessed: a large whole number is a double all the same. */
function typeOf({ BIGINT, BOOLEAN, DOUBLE, VARCHAR }: typeof Duckdb, value: DuckDBValue): DuckDBType {
  if (typeof value === 'number') return DOUBLE;
  if (typeof value === 'bigint') return BIGINT;
  return typeof value === 'boolean' ? BOOLEAN : VARCHAR;
}

export interface Statement {
  sql: string;
  values: readonly DuckDBValue[];
}

/** Who the rule selects at `now`, as `select <what> from …`; `more` stands behind the condition. */
export function statementOf(config: SourceConfig, rule: RuleGroup, now: number, what: string, more = ''): Statement {
  const compiled = compileFor(new DuckdbDialect(schemaOf(config)), rule, now);
  if (compiled.faults.length > 0) throw new Error('invariant: a rule with faults is asked of a lake');
  const sql = `select ${what} from customers c ${compiled.joins} where ${compiled.sql} ${more}`;
  return { sql, values: compiled.values as DuckDBValue[] };
}

/** The first column of every row, some two thousand at a time. Errors: LakeError. */
export async function* askLake<T>(
  config: SourceConfig,
  { sql, values }: Statement,
  timeoutMs: number,
): AsyncGenerator<T[]> {
  const lake = await Lake.open(config, timeoutMs);
  try {
    yield* lake.read<T>(sql, values);
  } finally {
    lake.close();
  }
}

class Lake {
  private isLate = false;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly name: string,
    private readonly duckdb: typeof Duckdb,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    timeoutMs: number,
  ) {
    this.timer = setTimeout(() => {
      this.isLate = true;
      connection.interrupt();
    }, timeoutMs);
  }

  static async open(config: SourceConfig, timeoutMs: number): Promise<Lake> {
    // loaded with the first question: most installations have no lake, and each process would load it
    const duckdb = await import('@duckdb/node-api');
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      threads: String(config.threads),
      memory_limit: `${config.memoryMb}MB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      temp_directory: '',
    });
    const lake = new Lake(config.name, duckdb, instance, await instance.connect(), timeoutMs);
    try {
      await lake.guarded(() => lake.prepare(config));
      return lake;
    } catch (error) {
      lake.close();
      throw error;
    }
  }

  async *read<T>(sql: string, values: readonly DuckDBValue[]): AsyncGenerator<T[]> {
    const types = values.map((value) => typeOf(this.duckdb, value));
    const result = await this.guarded(() => this.connection.stream(sql, [...values], types));
    for (;;) {
      const chunk = await this.guarded(() => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk.getColumnValues(0) as T[];
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.connection.closeSync();
    this.instance.closeSync();
  }

  private async prepare(config: SourceConfig): Promise<void> {
    const { folder } = config;
    await this.run(`set allowed_directories = [${literal(`${folder.replace(/\/+$/, '')}/`)}]`);
    await this.run('set enable_external_access = false');
    await this.run(`set timezone = 'UTC'`);
    await this.run('set lock_configuration = true');
    await this.run(customersView(config, await this.columns(folder, config.customers.files)));
    const tables: { files: SourceConfig['events'][number]; columns: Columns }[] = [];
    for (const files of config.events) tables.push({ files, columns: await this.columns(folder, files.files) });
    await this.run(eventsView(folder, tables, schemaOf(config).properties));
  }

  private async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  private async columns(folder: string, files: string): Promise<Columns> {
    const reader = await this.connection.runAndReadAll(`describe select * from ${scan(folder, files)}`);
    return new Map(reader.getRows().map(([name, type]) => [String(name), String(type)]));
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { message } = error as { message?: unknown };
      const failure = this.isLate ? 'late' : /^out of memory/i.test(String(message)) ? 'memory' : 'files';
      throw new LakeError(this.name, failure);
    }
  }
}
