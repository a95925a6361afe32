/**
 * Law 1 for coupons from pools, whose book is a table beside ours: each code is given at most once, each paid coupon has exactly one, and none is given
 * without its payout. A code is named by its number, never by itself.
 */
import { ofRun, type Check } from './check.js';

/** The pool that a reward node of a run's campaign names. */
const NAMED = `(
  select r.id as run_id, n.key as node, n.value ->> 'pool' as pool
  from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  cross join lateral jsonb_each(v.definition -> 'campaign' -> 'journey' -> 'nodes') n
  where n.value ->> 'pool' is not null)`;

const GIVEN = `coupon_codes c where c.payout_key is not null and ${ofRun(`split_part(c.payout_key, '/', 2)`)}`;

export const couponCodes: Check[] = [
  {
    what: 'each coupon of a pool that is paid or settled has exactly one code, of the pool that its campaign names, and bears it',
    wrong: 'paid, but not by one code of its pool',
    rows: `select count(*) from payouts p join ${NAMED} n on n.run_id = p.run_id and n.node = p.node
           where p.state in ('paid', 'settled') and ${ofRun('p.run_id')}`,
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state, count(c.no) as codes, min(n.pool) as pool
           from payouts p left join ${NAMED} n on n.run_id = p.run_id and n.node = p.node
           left join coupon_codes c on c.payout_key = p.key
           where p.state in ('paid', 'settled') and ${ofRun('p.run_id')} and (n.pool is not null or p.provider = 'pool')
           group by p.key
           having count(c.no) <> 1 or bool_or(c.code is distinct from p.code or c.pool is distinct from n.pool)`,
  },
  {
    what: 'each code that was given belongs to a payout that is paid, or whose attempt has not been recorded yet',
    wrong: 'a code that was given without a payout',
    rows: `select count(*) from ${GIVEN}`,
    find: `select c.no::text as code, c.pool, c.payout_key as payout, p.state from coupon_codes c left join payouts p on p.key = c.payout_key
           where c.payout_key is not null and ${ofRun(`split_part(c.payout_key, '/', 2)`)}
             and (p.key is null or p.state not in ('submitting', 'ambiguous', 'paid', 'settled') or p.pool is distinct from c.pool)`,
  },
  {
    what: 'no two codes of all pools are the same',
    wrong: 'one code twice',
    rows: `select count(*) from ${GIVEN}`,
    find: `select min(no)::text as code, max(no)::text as also, count(payout_key) as given from coupon_codes
           group by sha256(convert_to(code, 'UTF8'))
           having count(*) > 1 and ($1::text is null or bool_or(split_part(payout_key, '/', 2) = $1))`,
  },
  {
    what: 'a slot has a code under one of its generations at most',
    wrong: 'a slot was given several codes',
    rows: `select count(*) from ${GIVEN}`,
    find: `select p.slot_key as slot, count(*) as codes, min(p.key) as payout, max(p.key) as also
           from coupon_codes c join payouts p on p.key = c.payout_key where ${ofRun('p.run_id')}
           group by p.slot_key having count(*) > 1`,
  },
];
