/**
 * The ways in which damages to people and messages are told: statements about one message, or about one run.
 */
import type { Hands } from './scene.js';

export const CUSTOMER = 'c00030';
export const idOf = (hands: Hands, node = 'send-1', customer = CUSTOMER) => `m/${hands.run}/${node}/1/${customer}`;

/** Statements with the message's id as `$1`. */
export const onMessage =
  (...statements: string[]) =>
  async (hands: Hands) => {
    for (const statement of statements) await hands.sql(statement, [idOf(hands)]);
    return idOf(hands);
  };
/** Statements with the run as `$1`; the violation bears `names`. */
export const onRun =
  (names: string, ...statements: string[]) =>
  async (hands: Hands) => {
    for (const statement of statements) await hands.sql(statement, [hands.run]);
    return names;
  };

/** The customer of a message whose id is `$1`. */
export const SEEN = `customer_id = split_part($1, '/', 5)`;

/** A move of everybody from the run `$1` into the same run. */
export const MOVED_TO_ITSELF = `insert into run_migrations (run_id, from_run, nodes, passed, people, reason, actor, at)
  values ($1, $1, '{}', '{}', 1, 'r', 'm', '2026-03-03T01:00:00Z')`;
