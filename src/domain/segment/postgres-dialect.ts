/**
 * Rules over Postgres: customers and events with their values as jsonb. Nothing of the rule is spliced into the text; casts are total (a value
 * of another type is as good as none).
 */
import type { EpochMs } from '../base/time.js';
import type { Dialect, Operand, SqlType } from './dialect.js';
import type { Field } from './fields.js';
import type { Scalar } from './rule.js';

const TYPES: Record<SqlType, string> = { text: 'text', number: 'numeric', boolean: 'boolean', instant: 'timestamptz' };

export class PostgresDialect implements Dialect {
  readonly values: unknown[] = [];
  readonly events = 'events';
  // keeps it a probe per event: made into joins, three steps were planned as nested loops over all events and ran for ever
  readonly probe = ' offset 0';

  /** `first`: number of the first parameter that may be used; `asked`: that of a text[] with the only customers who are asked about. */
  constructor(
    private readonly first: number,
    private readonly asked?: number,
  ) {}

  value(value: Scalar, type: SqlType): string {
    return this.add(bound(value), TYPES[type]);
  }

  oneOf(operand: string, values: readonly Scalar[], type: SqlType): string {
    return `${operand} = any(${this.add(values.map(bound), `${TYPES[type]}[]`)})`;
  }

  text(value: string): string {
    return this.add(value, 'text');
  }

  instant(at: EpochMs): string {
    return this.add(new Date(at), 'timestamptz');
  }

  later(at: string, ms: number): string {
    return `${at} + make_interval(secs => ${this.add(ms / 1_000, 'float8')})`;
  }

  plain(sql: string, type: SqlType): Operand {
    const value = type === 'text' ? `${sql} collate "C"` : sql;
    return { presence: sql, typed: () => value };
  }

  customer({ kind, key }: Field): Operand {
    switch (kind) {
      case 'id':
      case 'status':
      case 'zone':
        return this.plain(`c.${kind}`, 'text');
      case 'attribute':
        return this.json(`c.attributes -> ${this.text(key)}`);
      case 'consent':
        return this.json(`c.consents -> ${this.text(key)} -> 'granted'`);
      case 'address':
        return this.json(`c.addresses -> ${this.text(key)}`);
      default:
        throw new Error(`invariant: a ${kind} is no field of a customer’s row`);
    }
  }

  /** Index: segment_uploaded_pkey. */
  uploaded(uploads: readonly Scalar[]): string {
    return `exists (select 1 from segment_uploaded u where u.customer_id = c.id and u.upload = any(${this.add(uploads, 'text[]')}))`;
  }

  property(alias: string, name: string): { sql: string; operand: Operand } {
    const sql = `${alias}.properties -> ${this.text(name)}`;
    return { sql, operand: this.json(sql) };
  }

  selected(sql: string): Operand {
    return this.json(sql);
  }

  sum(alias: string, name: string): string {
    return `sum(${this.property(alias, name).operand.typed('number')})`;
  }

  among(alias: string): string | null {
    return this.asked === undefined ? null : `${alias}.customer_id = any($${this.asked}::text[])`;
  }

  /** A value of jsonb. What compares equal there is of one type, and between two numbers there are only numbers. */
  private json(json: string): Operand {
    return {
      presence: `(${json}) #>> '{}'`,
      typed(type) {
        const value = type === 'text' ? `(${json}) #>> '{}'` : `(${json})::${TYPES[type]}`;
        const total = `(case when jsonb_typeof(${json}) = '${JSON_TYPES[type]}' then ${value} end)`;
        return type === 'text' ? `${total} collate "C"` : total;
      },
      compare: (operator, values, type) => {
        const given = (n: number) => `(select to_jsonb(${this.value(values[n] as Scalar, type)}))`; // once a statement
        switch (operator) {
          case '=':
            return `(${json}) = ${given(0)}`;
          case 'in':
            return `(${json}) = any(array(select to_jsonb(v) from unnest(${this.add(values.map(bound), `${TYPES[type]}[]`)}) v))`;
          case 'between':
            return type === 'number' ? `(${json}) between ${given(0)} and ${given(1)}` : null;
          default:
            return null;
        }
      },
    };
  }

  /** The parameter's place in the text. */
  private add(value: unknown, type: string): string {
    return `$${this.first - 1 + this.values.push(value)}::${type}`;
  }
}

/** Numbers go as their shortest decimal text, which is what jsonb holds of them. */
const bound = (value: Scalar): unknown => (typeof value === 'number' ? String(value) : value);

const JSON_TYPES: Record<SqlType, string> = { text: 'string', number: 'number', boolean: 'boolean', instant: 'none' };
