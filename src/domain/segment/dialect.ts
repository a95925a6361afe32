/**
 * What differs between the stores that a compiled rule is asked of: how parameters, instants and a customer's or event's fields are written.
 * Everything else of a rule compiles to the same SQL.
 */
import type { EpochMs } from '../base/time.js';
import type { Field } from './fields.js';
import type { Operator, Scalar } from './rule.js';

/** `number` compares as a number, `instant` as a point in time. */
export type SqlType = 'text' | 'number' | 'boolean' | 'instant';

/** What a rule compares. */
export interface Operand {
  /** Null where there is nothing. */
  presence: string;
  /** The value, null where it is of another type. */
  typed(type: SqlType): string;
  /** A comparison that the store makes in a shorter way than over `typed`, false or null where the value is of another type; null: there is none. */
  compare?(operator: Operator, values: readonly Scalar[], type: SqlType): string | null;
}

/** The SQL of one statement for one store; collects its parameters. */
export interface Dialect {
  readonly values: unknown[];
  /** A value of the rule. */
  value(value: Scalar, type: SqlType): string;
  /** Whether it is one of them. */
  oneOf(operand: string, values: readonly Scalar[], type: SqlType): string;
  /** A name or text that belongs to the rule. */
  text(value: string): string;
  instant(at: EpochMs): string;
  /** `at` plus a span. */
  later(at: string, ms: number): string;
  /** A column or expression whose type is known. */
  plain(sql: string, type: SqlType): Operand;
  /** A field of the customer’s row `c`. */
  customer(field: Field): Operand;
  /** A condition that the customer `c` is in one of these uploads. */
  uploaded(uploads: readonly Scalar[]): string;
  /** The table of events, and the condition that an event is of this name. */
  readonly events: string;
  /** The property of an event by its alias. `sql`: as it can be selected. */
  property(alias: string, name: string): { sql: string; operand: Operand };
  /** Of a selected property under another name. */
  selected(sql: string, name: string): Operand;
  /** The exact sum of a property’s numbers. */
  sum(alias: string, name: string): string;
  /** A condition that the event is of one of the customers who are asked about; null: of everybody. */
  among(alias: string): string | null;
  /** Ends a correlated sub-query. */
  readonly probe: string;
}
