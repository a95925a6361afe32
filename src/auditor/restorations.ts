/**
 * Law 10, continued: after the database was set back, nobody guesses what the lost time had handed over. Everything is held until two persons release
 * it, and what may have been handed over is asked about before it is handed over for the first time.
 */
import { count, ofRun, type Check } from './check.js';

/** When each restoration was released, by the database's clock. */
const HELD = `(
  select d.no, d.found_at, (
    select min(x.made_at) from control_changes x where x.scope = 'restoration' and x.state = 'running' and x.made_at >= d.found_at) as until
  from restorations d)`;

export const restorations: Check[] = [
  {
    what: 'nothing was decided or handed over while a restoration held it',
    wrong: 'decided or handed over before the restoration was released',
    rows: count('decision_contexts', `kind in ('cohort', 'claim') and $1::text is null`),
    find: `select h.no as restoration, x.id as context, x.kind, x.run_id as run, x.queue from ${HELD} h
           join decision_contexts x on x.kind in ('cohort', 'claim') and x.recorded_at > h.found_at
             and x.recorded_at < coalesce(h.until, 'infinity')
           where $1::text is null`,
  },
  {
    what: 'each restoration was released by another person than the one who proposed it',
    wrong: 'released without a second person',
    rows: count('restoration_moves', `kind = 'release' and $1::text is null`),
    find: `select m.restoration_no as restoration, m.actor from restoration_moves m
           where m.kind = 'release' and $1::text is null and m.actor is not distinct from coalesce((
             select p.actor from restoration_moves p where p.restoration_no = m.restoration_no and p.kind = 'propose' and p.no < m.no
             order by p.no desc limit 1), m.actor)`,
  },
  {
    what: 'each hand-over that is only presumed is of a run that a restoration doubts, and later than that',
    wrong: 'presumed without a restoration',
    rows: count('decision_contexts', `kind = 'restoration'`),
    find: `select s.context_id as context, s.run_id as run, s.customer_id as customer, s.node from audit_steps s
           join decision_contexts x on x.id = s.context_id and x.kind = 'restoration' join runs r on r.id = s.run_id
           where not exists (select from restorations d where d.no <= r.doubted_by and d.found_at <= x.recorded_at)
           union all
           select a.context_id, p.run_id, p.customer_id, p.node from payout_attempts a
           join decision_contexts x on x.id = a.context_id and x.kind = 'restoration'
           join payouts p on p.key = a.payout_key and ${ofRun('p.run_id')} join runs r on r.id = p.run_id
           where not exists (select from restorations d where d.no <= r.doubted_by and d.found_at <= x.recorded_at)`,
  },
  {
    what: 'each message of a doubted run was asked about before its first hand-over since',
    wrong: 'handed over without asking whether the lost time had',
    rows: `select count(*) from outbox o join runs r on r.id = o.run_id and r.doubted_by is not null where ${ofRun('o.run_id')}`,
    find: `select o.id as message, o.run_id as run, o.customer_id as customer from outbox o
           join runs r on r.id = o.run_id join restorations d on d.no = r.doubted_by
           where ${ofRun('o.run_id')} and o.gateway not in ('capture', 'inbox', 'staff')
             and exists (select from audit_steps s join decision_contexts x on x.id = s.context_id and x.recorded_at >= d.found_at
                         where s.run_id = o.run_id and s.customer_id = o.customer_id and s.node = o.node and s.visit = o.visit
                           and s.message = 'handed_over')
             and not exists (select from audit_steps s join decision_contexts x on x.id = s.context_id
                             where s.run_id = o.run_id and s.customer_id = o.customer_id and s.node = o.node and s.visit = o.visit
                               and (s.message = 'presumed' and x.recorded_at >= d.found_at or s.message = 'handed_over' and x.recorded_at < d.found_at))`,
  },
  {
    what: 'each payout of a doubted run was asked about before its first submission since',
    wrong: 'submitted without asking whether the lost time had',
    rows: `select count(*) from payouts p join runs r on r.id = p.run_id and r.doubted_by is not null where ${ofRun('p.run_id')}`,
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer from payouts p
           join runs r on r.id = p.run_id join restorations d on d.no = r.doubted_by
           where ${ofRun('p.run_id')} and p.pool is null
             and exists (select from payout_attempts a join decision_contexts x on x.id = a.context_id
                         where a.payout_key = p.key and a.opened_at >= d.found_at and x.kind = 'claim')
             and not exists (select from payout_attempts a join decision_contexts x on x.id = a.context_id
                             where a.payout_key = p.key and (x.kind = 'restoration' and a.opened_at >= d.found_at
                               or a.opened_at < d.found_at and a.outcome is distinct from 'not_acted'))`,
  },
];
