/**
 * What a migration may do to tables that workers write all the time, read from its text: whatever rewrites one, or reads it from end to end under a lock,
 * says that workers must stop, or that they wait.
 */

/** Everybody who is under way has rows here. */
const HOT =
  '(?:outbox|participants|contacts|events|trace|responses|counters|payouts|payout_attempts|payout_moves|message_attempts|ledger_transfers|ledger_entries|accounts|customers|decision_contexts)';

const HEAVY: readonly [RegExp, string][] = [
  [
    new RegExp(`\\bcreate (?:unique )?index (?!concurrently\\b)\\w+ on ${HOT}\\b`, 'i'),
    'an index is made under a lock',
  ],
  [new RegExp(`\\balter table ${HOT}\\b[^;]*\\btype\\b`, 'i'), 'a column gets another type'],
  [
    new RegExp(
      `\\balter table ${HOT}\\b[^;]*\\badd column\\b[^;]*(?:clock_timestamp|now|random|nextval|gen_random_uuid)\\(`,
      'i',
    ),
    'a column with a volatile default rewrites the table',
  ],
  [
    new RegExp(`\\balter table ${HOT}\\b[^;]*\\bgenerated always as\\b[^;]*\\bstored\\b`, 'i'),
    'a generated column rewrites the table',
  ],
  [
    new RegExp(
      `\\balter table ${HOT}\\b(?![^;]*\\bnot valid\\b)[^;]*\\badd (?:constraint \\w+ )?(?:check|foreign key|unique)\\b`,
      'i',
    ),
    'a constraint is checked under a lock',
  ],
  [new RegExp(`\\balter table ${HOT}\\b[^;]*\\bset not null\\b`, 'i'), 'a constraint is checked under a lock'],
  [new RegExp(`\\bupdate ${HOT}\\b`, 'i'), 'rows are written'],
];

/** What is heavy in it, each once; comments aside. */
export function heavyIn(sql: string): string[] {
  const statements = sql.replace(/--.*$/gm, '').replace(/\s+/g, ' ');
  return [...new Set(HEAVY.flatMap(([pattern, what]) => (pattern.test(statements) ? [what] : [])))];
}
