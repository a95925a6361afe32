/**
 * Which of a few customers a pinned rule selects: one statement for all of them, which reads their events and nobody else's.
 */
import { compileWhere } from '../domain/segment/compile.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import type { Client } from './pool.js';

/** Errors: throws where the rule cannot be asked; validation has told its faults before. */
export async function membersAmong(
  client: Pick<Client, 'query'>,
  rule: RuleGroup,
  customers: readonly string[],
  now: number,
): Promise<string[]> {
  const where = compileWhere(rule, { firstParam: 2, now, among: 1 });
  if (where.faults.length > 0) throw new Error('invariant: a stored rule does not compile');
  const { rows } = await client.query<{ id: string }>(
    `select c.id from customers c ${where.joins} where c.id = any($1::text[]) and (${where.sql})`,
    [customers, ...where.values],
  );
  return rows.map(({ id }) => id);
}
