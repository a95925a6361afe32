/**
 * Rules over the views that the lake has in DuckDB: one row per customer with a column per field, and events with a column per property,
 * each of one known type. Instants are microseconds since 1970, so that no zone is left to the database.
 */
import type { EpochMs } from '../base/time.js';
import type { Dialect, Operand, SqlType } from './dialect.js';
import type { Field } from './fields.js';
import type { Scalar } from './rule.js';
import type { LakeSchema, LakeType } from './source.js';

const TYPES: Record<SqlType, string> = { text: 'varchar', number: 'double', boolean: 'boolean', instant: 'bigint' };

/** Columns of the views, by what a rule names. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const propertyColumn = (name: string): string => quoted(`property.${name}`);
/** The same number as a decimal, for sums. */
export const exactColumn = (name: string): string => quoted(`exact.${name}`);

export class DuckdbDialect implements Dialect {
  readonly values: (string | number | boolean | bigint)[] = [];
  readonly events = 'events';
  readonly probe = '';

  constructor(private readonly schema: LakeSchema) {}

  value(value: Scalar, type: SqlType): string {
    return this.add(value, TYPES[type]);
  }

  oneOf(operand: string, values: readonly Scalar[], type: SqlType): string {
    return `(${operand} in (${values.map((value) => this.value(value, type)).join(', ')}))`;
  }

  text(value: string): string {
    return this.add(value, 'varchar');
  }

  instant(at: EpochMs): string {
    return this.add(BigInt(at) * 1_000n, 'bigint');
  }

  later(at: string, ms: number): string {
    return `(${at} + ${this.add(BigInt(Math.round(ms * 1_000)), 'bigint')})`;
  }

  plain(sql: string): Operand {
    return { presence: sql, typed: () => sql };
  }

  customer({ kind, key }: Field): Operand {
    if (kind === 'id') return this.plain('c.id');
    const name = key === '' ? kind : `${kind}.${key}`;
    return column(`c.${quoted(name)}`, known(this.schema.fields, name));
  }

  uploaded(): string {
    throw new Error('invariant: an upload is asked of a lake');
  }

  property(alias: string, name: string): { sql: string; operand: Operand } {
    const sql = `${alias}.${propertyColumn(name)}`;
    return { sql, operand: this.selected(sql, name) };
  }

  selected(sql: string, name: string): Operand {
    return column(sql, known(this.schema.properties, name));
  }

  /** A double nearest to the exact sum: by way of its text, which is rounded once. */
  sum(alias: string, name: string): string {
    if (known(this.schema.properties, name) !== 'number') return 'max(null::double)';
    return `cast(cast(sum(${alias}.${exactColumn(name)}) as varchar) as double)`;
  }

  among(): null {
    return null;
  }

  private add(value: Scalar | bigint, type: string): string {
    return `$${this.values.push(value)}::${type}`;
  }
}

/** Of another type it has no value. */
const column = (sql: string, of: LakeType): Operand => ({
  presence: sql,
  typed: (type) => (type === of ? sql : `null::${TYPES[type]}`),
});

function known(types: ReadonlyMap<string, LakeType>, name: string): LakeType {
  const type = types.get(name);
  if (type === undefined) throw new Error('invariant: a rule names what the source does not have');
  return type;
}
