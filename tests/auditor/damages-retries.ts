/**
 * Damages to what was tried again: laws 4, 7 and 8. Each does one wrong thing and returns the key by which the audit has to name it.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const WHO = 'c00010';

/** A retry of `items` that would do what they say. */
async function planned({ sql, run }: Hands, over: { acts?: number; alone?: number; by?: string } = {}): Promise<void> {
  await sql(
    `insert into retries (no, selector, reason, asked_by, at, acts, sends, pays, "left", alone_items, alone_minor, needs_approval)
     overriding system value values (77, '{}', 'r', 'asker', '2026-01-01', $1, 0, '[]', 0, $2, 0, $2 < 1)`,
    [over.acts ?? 1, over.alone ?? 100],
  );
  await sql(
    `insert into retry_items (retry_no, no, kind, subject, run_id, effect) values (77, 1, 'participant', '${WHO}', $1, 'put_back')`,
    [run],
  );
  if (over.by === undefined) return;
  await sql(
    `insert into retry_moves (retry_no, kind, actor, at, made_at) values (77, 'begun', $1, '2026-01-01', '2026-01-01')`,
    [over.by],
  );
}
const done = ({ sql }: Hands) =>
  sql(`insert into retry_outcomes (retry_no, item_no, outcome, at) values (77, 1, 'done', '2026-01-01')`);

export const RETRIES: Damage[] = [
  {
    law: 4,
    what: 'somebody put back who had not been set apart',
    async do({ sql, run }) {
      await sql(
        `with x as (
           insert into decision_contexts (kind, run_id, queue, step, now, build, versions, snapshot)
           select 'retry', run_id, 'retry', 0, now, build, '{}', snapshot from decision_contexts where run_id = $1 and kind = 'cohort' limit 1 returning id)
         insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
         select p.run_id, p.customer_id, x.id, c.gate_version, c.attr_version, p.node || '#' || p.visit || ':retried=1'
         from x cross join participants p join customers c on c.id = p.customer_id where p.run_id = $1 and p.customer_id = $2`,
        [run, WHO],
      );
      return WHO;
    },
  },
  {
    law: 7,
    what: 'somebody whom a retry says it put back, and whose steps do not',
    async do(hands) {
      await planned(hands, { by: 'starter' });
      await done(hands);
      return WHO;
    },
  },
  {
    law: 7,
    what: 'a reissue of a retry that no payout is',
    async do(hands) {
      const payout = await hands.value('select key from payouts where run_id = $1 and customer_id = $2', [
        hands.run,
        WHO,
      ]);
      await planned(hands, { by: 'starter' });
      await hands.sql(`update retry_items set kind = 'payout', subject = $1, effect = 'reissue'`, [payout]);
      await hands.sql(
        `insert into retry_outcomes (retry_no, item_no, outcome, detail, at) values (77, 1, 'done', $1 || '/2', '2026-01-01')`,
        [payout],
      );
      return payout;
    },
  },
  {
    law: 7,
    what: 'a large retry that one person let begin alone',
    async do(hands) {
      await planned(hands, { alone: 0, by: 'asker' });
      return 'asker';
    },
  },
  {
    law: 7,
    what: 'a retry that is larger than it says',
    async do(hands) {
      await planned(hands, { acts: 0 });
      return '77';
    },
  },
  {
    law: 8,
    what: 'a retry that began and that nobody carries out',
    async do(hands) {
      await planned(hands, { by: 'starter' });
      return '77';
    },
  },
];
