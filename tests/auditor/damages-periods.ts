/**
 * Damages to the months of the books: who closed them, in which order, and what was posted into them.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const MONTH = '2026-02';
/** A closing that is right: of the month before everything in the scene, recorded before all of it. */
async function close({ sql }: Hands, over: Record<string, string> = {}): Promise<void> {
  const values = {
    month: `'${MONTH}-01'`,
    kind: `'close'`,
    closed_through: `'2026-02-28'`,
    proposed_by: `'finance'`,
    at: `'2026-03-02T00:00:00Z'`,
    recorded_at: `(select min(recorded_at) - interval '1 second' from ledger_transfers)`,
    ...over,
  };
  await sql(`insert into ledger_closings (${Object.keys(values).join(', ')}, reason, approved_by)
    values (${Object.values(values).join(', ')}, 'r', 'other')`);
  await sql(`insert into audit_log (at, actor, action, subject, reason, before)
    values (${values.at}, 'other', 'ledger.' || ${values.kind}, 'ledger/' || to_char(${values.month}::date, 'YYYY-MM'), 'r',
      jsonb_build_object('proposedBy', ${values.proposed_by}))`);
}
const closing =
  (over: Record<string, string>, named = MONTH): Damage['do'] =>
  async (hands) => {
    await close(hands, over);
    return named;
  };
const lastTransfer = ({ value }: Hands) =>
  value('select id from ledger_transfers order by recorded_at desc, id limit 1');

export const PERIODS: Damage[] = [
  {
    law: 3,
    what: 'a month that one person closed alone',
    async do(hands) {
      await hands.sql('alter table ledger_closings drop constraint ledger_closings_two_persons');
      return await closing({ proposed_by: `'other'` })(hands);
    },
  },
  { law: 3, what: 'a month closed before it was over', do: closing({ at: `'2026-02-27T00:00:00Z'` }) },
  { law: 3, what: 'a closing that says a later day', do: closing({ closed_through: `'2026-03-01'` }) },
  { law: 3, what: 'a month reopened that was not closed', do: closing({ kind: `'reopen'`, closed_through: 'null' }) },
  {
    law: 3,
    what: 'a closing that is gone, so that another is out of its order',
    async do(hands) {
      await close(hands);
      await closing({ month: `'2026-04-01'`, closed_through: `'2026-04-30'`, at: `'2026-05-02T00:00:00Z'` })(hands);
      return '2026-04';
    },
  },
  {
    law: 3,
    what: 'a closing that the audit log does not have',
    async do(hands) {
      await close(hands);
      await hands.sql(`delete from audit_log where action = 'ledger.close'`);
      return MONTH;
    },
  },
  {
    law: 3,
    what: 'a transfer posted into a month that was closed before',
    async do(hands) {
      const last = await lastTransfer(hands);
      const justBefore = `(select recorded_at - interval '1 microsecond' from ledger_transfers where id = '${last}')`;
      const march = { month: `'2026-03-01'`, closed_through: `'2026-03-31'`, at: `'2026-04-02T00:00:00Z'` };
      await close(hands, { ...march, recorded_at: justBefore });
      return last;
    },
  },
  {
    law: 3,
    what: 'a transfer put off to a later month, though its own was open',
    async do(hands) {
      const last = await lastTransfer(hands);
      await hands.sql(`update ledger_transfers set posted_on = '2026-04-01' where id = $1`, [last]);
      return last;
    },
  },
];
