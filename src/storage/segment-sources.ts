/**
 * Where a segment's rule is asked: of Postgres, or of a lake of the installation. Both answer the same questions, and a rule selects the same
 * customers in both where both have the same facts. What the gate needs (status, consents, addresses) is always Postgres'.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { customerIdSchema } from '../domain/base/keys.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import { compileSelection } from '../domain/segment/selection-sql.js';
import { schemaOf, type LakeSchema, type SourceConfig } from '../domain/segment/source.js';
import { askLake, LakeError, statementOf, type LakeFailure, type Statement } from './lake.js';
import { inTransaction, sqlState, type Client, type Pool } from './pool.js';
import { Turns } from './turns.js';

/** A pinned rule at a business now. */
export interface Question {
  rule: RuleGroup;
  now: number;
}
export type Asked<T> = { kind: 'answered'; answer: T } | { kind: LakeFailure };

export interface Filled {
  /** Ids that the source gave. */
  listed: number;
  /** Those of them who are customers here. */
  matched: number;
}

export interface SegmentSource {
  count(question: Question, timeoutMs: number): Promise<Asked<number>>;
  /** Up to `size` ids, in an order of their hash: the same ones each time. */
  sample(question: Question, size: number, timeoutMs: number): Promise<Asked<string[]>>;
  /** Everybody, into the table `audience` of the transaction. `progress` is told how many ids came so far. */
  fill(client: Client, question: Question, timeoutMs: number, progress: (listed: number) => void): Promise<Filled>;
  /** Those of the table `audience` who are members and have no label yet get this one. `progress` as above. */
  label(
    client: Client,
    question: Question,
    name: string,
    timeoutMs: number,
    progress: (listed: number) => void,
  ): Promise<void>;
}

const QUERY_CANCELLED = '57014';

export class PostgresSource implements SegmentSource {
  constructor(private readonly pool: Pool) {}

  async count({ rule, now }: Question, timeoutMs: number): Promise<Asked<number>> {
    const { from, values } = compileSelection(rule, now);
    return await this.ask(timeoutMs, async (client) => {
      const { rows } = await client.query<{ n: number }>(`select count(*) as n from ${from}`, values);
      return rows[0]?.n ?? 0;
    });
  }

  async sample({ rule, now }: Question, size: number, timeoutMs: number): Promise<Asked<string[]>> {
    const { from, values } = compileSelection(rule, now);
    return await this.ask(timeoutMs, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `select c.id from ${from} order by hashtextextended(c.id, 0), c.id limit $${values.length + 1}`,
        [...values, size],
      );
      return rows.map(({ id }) => id);
    });
  }

  async fill(client: Client, { rule, now }: Question): Promise<Filled> {
    const { from, values } = compileSelection(rule, now);
    const inserted = await client.query(
      `insert into audience select c.id, c.bucket from ${from} order by c.id`,
      values,
    );
    const matched = inserted.rowCount ?? 0;
    return { listed: matched, matched };
  }

  async label(client: Client, { rule, now }: Question, name: string): Promise<void> {
    const { from, values } = compileSelection(rule, now);
    await client.query(
      `update audience a set label = $${values.length + 1} from ${from} where c.id = a.customer_id and a.label is null`,
      [...values, name],
    );
  }

  private async ask<T>(timeoutMs: number, question: (client: Client) => Promise<T>): Promise<Asked<T>> {
    try {
      return await inTransaction(this.pool, async (client) => {
        await client.query(`select set_config('statement_timeout', $1, true)`, [String(timeoutMs)]);
        return { kind: 'answered', answer: await question(client) };
      });
    } catch (error) {
      if (sqlState(error) === QUERY_CANCELLED) return { kind: 'late' };
      throw error;
    }
  }
}

/** Each has the memory that one question may have. */
const QUESTIONS_AT_ONCE = 2;

export class LakeSource implements SegmentSource {
  private readonly turns = new Turns(QUESTIONS_AT_ONCE);

  constructor(private readonly config: SourceConfig) {}

  async count({ rule, now }: Question, timeoutMs: number): Promise<Asked<number>> {
    const statement = statementOf(this.config, rule, now, 'count(*)::double');
    return await asked(async () => (await all<number>(this.ask(statement, timeoutMs)))[0] ?? 0);
  }

  async sample({ rule, now }: Question, size: number, timeoutMs: number): Promise<Asked<string[]>> {
    const statement = statementOf(this.config, rule, now, 'c.id', `order by md5(c.id), c.id limit ${Math.trunc(size)}`);
    return await asked(() => all<string>(this.ask(statement, timeoutMs)));
  }

  async fill(
    client: Client,
    question: Question,
    timeoutMs: number,
    progress: (listed: number) => void,
  ): Promise<Filled> {
    const listed = await this.list(client, question, timeoutMs, progress);
    const inserted = await client.query(
      'insert into audience select c.id, c.bucket from listed l join customers c on c.id = l.id order by c.id',
    );
    await client.query('drop table listed');
    return { listed, matched: inserted.rowCount ?? 0 };
  }

  async label(
    client: Client,
    question: Question,
    name: string,
    timeoutMs: number,
    progress: (listed: number) => void,
  ): Promise<void> {
    await this.list(client, question, timeoutMs, progress);
    await client.query(
      'update audience a set label = $1 from listed l where l.id = a.customer_id and a.label is null',
      [name],
    );
    await client.query('drop table listed');
  }

  /**
   * Into the table `listed` of the transaction; returns how many. Ids stream through; the copy begins before the first, so that the transaction is
   * never taken for idle.
   */
  private async list(
    client: Client,
    { rule, now }: Question,
    timeoutMs: number,
    progress: (listed: number) => void,
  ): Promise<number> {
    let listed = 0;
    const chunks = this.ask<string>(statementOf(this.config, rule, now, 'c.id'), timeoutMs);
    const lines = async function* () {
      for await (const ids of chunks) {
        listed += ids.length;
        progress(listed);
        const possible = ids.filter((id) => customerIdSchema.safeParse(id).success);
        if (possible.length > 0) yield `${possible.join('\n')}\n`;
      }
    };
    await client.query('create temporary table listed (id text collate "C") on commit drop');
    await pipeline(Readable.from(lines()), client.query(copyFrom('copy listed from stdin')));
    return listed;
  }

  private async *ask<T>(statement: Statement, timeoutMs: number): AsyncGenerator<T[]> {
    if (!(await this.turns.enter(timeoutMs))) throw new LakeError(this.config.name, 'late');
    try {
      yield* askLake<T>(this.config, statement, timeoutMs);
    } finally {
      this.turns.leave();
    }
  }
}

async function all<T>(chunks: AsyncIterable<T[]>): Promise<T[]> {
  const values: T[] = [];
  for await (const chunk of chunks) values.push(...chunk);
  return values;
}

async function asked<T>(question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { kind: 'answered', answer: await question() };
  } catch (error) {
    if (error instanceof LakeError) return { kind: error.failure };
    throw error;
  }
}

/** What a launched campaign names and the installation has lost. */
class NoSource implements SegmentSource {
  constructor(private readonly name: string) {}

  async count(): Promise<Asked<number>> {
    return { kind: 'files' };
  }

  async sample(): Promise<Asked<string[]>> {
    return { kind: 'files' };
  }

  async fill(): Promise<Filled> {
    throw new LakeError(this.name, 'files');
  }

  async label(): Promise<void> {
    throw new LakeError(this.name, 'files');
  }
}

/** The sources of an installation by name; null is Postgres. */
export class SegmentSources {
  private readonly postgres: SegmentSource;
  private readonly lakes: ReadonlyMap<string, { source: SegmentSource; schema: LakeSchema }>;

  constructor(pool: Pool, configs: readonly SourceConfig[]) {
    this.postgres = new PostgresSource(pool);
    this.lakes = new Map(
      configs.map((config) => [config.name, { source: new LakeSource(config), schema: schemaOf(config) }]),
    );
  }

  /** One that is not configured any more cannot be read. */
  of(name: string | null | undefined): SegmentSource {
    if (name === null || name === undefined) return this.postgres;
    return this.lakes.get(name)?.source ?? new NoSource(name);
  }

  /** What rules may name in a lake; undefined where there is no such lake. */
  schema(name: string): LakeSchema | undefined {
    return this.lakes.get(name)?.schema;
  }

  describe(): { name: string; fields: string[]; properties: string[]; events: string[] | null }[] {
    return [...this.lakes].map(([name, { schema }]) => ({
      name,
      fields: ['id', ...schema.fields.keys()],
      properties: [...schema.properties.keys()],
      events: schema.events && [...schema.events],
    }));
  }
}
