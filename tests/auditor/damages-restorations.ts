/**
 * Damages to what follows a restoration of the database: law 10. Each does one wrong thing and returns the key by which the audit has to name it.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const paid = 'select key from payouts where run_id = $1 and customer_id = $2';

/** Found at a moment by the database's clock (as SQL); all runs are doubted. */
async function restored({ sql }: Hands, foundAt: string): Promise<void> {
  await sql(`insert into restorations (no, restored_to, found_at, at, temporal_at, reason, actor) overriding system value
    values (1, '2000-01-01', ${foundAt}, now(), now(), 'r', 'o')`);
  await sql('update runs set doubted_by = 1');
}
const BEFORE_ALL = `(select min(recorded_at) - interval '1 second' from decision_contexts)`;
const AFTER_ALL = 'clock_timestamp()';
/** Released before anything was decided. */
const released = ({ sql }: Hands) =>
  sql(`insert into control_changes (scope, epoch, state, reason, actor, at, made_at, finished_at)
    values ('restoration', 2, 'running', 'r', 'o', '2026-01-01', ${BEFORE_ALL}, now())`);
const presume = ({ sql }: Hands, attempt: string) =>
  sql(
    `update decision_contexts set kind = 'restoration' where id = (select context_id from payout_attempts where payout_key = $1)`,
    [attempt],
  );

export const RESTORATIONS: Damage[] = [
  {
    law: 10,
    what: 'decisions while a restoration held them',
    async do(hands) {
      await restored(hands, BEFORE_ALL);
      return await hands.value(
        `select id from decision_contexts where kind in ('cohort', 'claim') order by id limit 1`,
      );
    },
  },
  {
    law: 10,
    what: 'a restoration that one person released alone',
    async do(hands) {
      await restored(hands, AFTER_ALL);
      await hands.sql(`insert into restoration_moves (restoration_no, kind, reason, actor, at)
        values (1, 'propose', 'r', 'other', now()), (1, 'propose', 'r', 'alone', now()), (1, 'release', 'r', 'alone', now())`);
      return 'alone';
    },
  },
  {
    law: 10,
    what: 'a submission that is said to be presumed, without a restoration',
    async do(hands) {
      const payout = await hands.value(paid, [hands.run, 'c00010']);
      await presume(hands, payout);
      return 'c00010';
    },
  },
  {
    law: 10,
    what: 'a message handed over after a restoration without asking',
    async do(hands) {
      await restored(hands, BEFORE_ALL);
      await released(hands);
      // every message that went out is named; of many the first by their keys are listed
      return await hands.value(
        `select id from outbox where state = 'accepted' and gateway not in ('capture', 'inbox', 'staff')
         order by run_id collate "C", id collate "C" limit 1`,
      );
    },
  },
  {
    law: 10,
    what: 'a payout submitted after a restoration without asking',
    async do(hands) {
      await restored(hands, BEFORE_ALL);
      await released(hands);
      return await hands.value(paid, [hands.run, 'c00010']);
    },
  },
];
