/**
 * Payout files of partners without an API, judged by their bytes: a key is in one of them at most, each holds what it says, and nothing waits to leave.
 */
import { ofRun, type Check } from './check.js';
import { CLOCK, LATE, resumed } from './lateness.js';

/** The switches that hold the files of a row `r`. */
const SCOPES = [`'restoration'`, `'payouts'`, `'provider/' || r.provider`];

/** Each row of each file, taken from its bytes. */
const ROWS = `(
  select f.provider, f.no, split_part(t.line, ',', 1) as key, split_part(t.line, ',', 4) as amount, split_part(t.line, ',', 5) as currency
  from payout_files f cross join regexp_split_to_table(convert_from(f.bytes, 'UTF8'), '\\n') with ordinality as t(line, n)
  where t.n > 1 and t.line <> '' and t.line not like '#end,%')`;

export const filesOnce: Check[] = [
  {
    what: 'a payout is in one payout file at most, with its provider, amount and currency',
    wrong: 'in payout files more than once, or otherwise than it is',
    rows: `select count(*) from ${ROWS} l left join payouts p on p.key = l.key where ${ofRun('p.run_id')}`,
    find: `select l.key as payout, min(l.provider || '/' || l.no) as file, count(*) as times
           from ${ROWS} l left join payouts p on p.key = l.key where ${ofRun('p.run_id')}
           group by l.key
           having count(*) > 1 or bool_or((l.provider, l.amount, l.currency) is distinct from (p.provider, p.amount::text, p.currency))`,
  },
  {
    what: 'each payout file has the hash, the rows and the total that are kept of it, and its number follows the one before, unless a restoration lies between',
    wrong: 'a payout file that is not what is kept of it',
    rows: `select count(*) from payout_files where $1::text is null`,
    find: `select f.provider, f.no as file from payout_files f
           left join (select provider, no, count(*) as rows, sum(amount::numeric) as total from ${ROWS} l group by 1, 2) l using (provider, no)
           where $1::text is null and ((f.rows, f.total) is distinct from (l.rows, l.total) or f.sha256 <> encode(sha256(f.bytes), 'hex')
             or f.no > 1 and not exists (select from payout_files b where b.provider = f.provider and b.no = f.no - 1)
               and not exists (select from restorations d where d.at <= f.frozen_at and d.at >= coalesce(
                 (select max(b.frozen_at) from payout_files b where b.provider = f.provider and b.no < f.no), '-infinity')))`,
  },
];

export const filesLeave: Check = {
  what: 'no payout waits for its file, and no file to be written, for more than 60 s that no switch holds',
  wrong: 'a payout that does not leave in a file',
  rows: `select count(*) from payout_file_rows r join payouts p on p.key = r.payout_key where ${ofRun('p.run_id')}`,
  find: `select r.payout_key as payout, r.provider, r.file_no as file
         from ${CLOCK} cross join payout_file_rows r left join payouts p on p.key = r.payout_key
         left join payout_files f on f.provider = r.provider and f.no = r.file_no
         left join payout_files_written w on w.provider = r.provider and w.no = r.file_no
         where ${ofRun('p.run_id')} and w.no is null and coalesce(f.frozen_at, r.added_at) < k.business_now - ${LATE}
           and not exists (select from controls c where c.scope in (${SCOPES.join(', ')}) and c.state <> 'running')
           and ${resumed(...SCOPES)} < k.business_now - ${LATE}`,
};
