/**
 * People who were moved to a newer version of their campaign: whoever left one run came into exactly one other, at the node that the map gives (law 4), and
 * got nothing there that they had got before (law 2).
 */
import { count, ofRun, type Check } from './check.js';

const MOVES = `run_migrations g join runs o on o.id = g.from_run join runs r on r.id = g.run_id`;

export const peopleMoved: Check[] = [
  {
    what: 'each move leads to a newer version of the same campaign, and as many came by it as it says',
    wrong: 'a move to no newer version, or one by which more or fewer came than it says',
    rows: count('run_migrations', `(${ofRun('run_id')} or from_run = $1)`),
    find: `select g.run_id as run, g.from_run as "fromRun", g.people, coalesce(p.n, 0) as came
           from ${MOVES} left join (select run_id, count(*) as n from participants group by 1) p on p.run_id = g.run_id
           where (${ofRun('g.run_id')} or g.from_run = $1)
             and (r.campaign <> o.campaign or r.version <= o.version or g.people <> coalesce(p.n, 0))`,
  },
  {
    what: 'each participant who was moved left one run and came into one other, at the node that the map gives; their steps say so',
    wrong: 'left without coming, came without leaving, or came elsewhere than the map leads',
    rows: count('participants', `end_reason = 'migrated' and ${ofRun('run_id')}`),
    find: `select coalesce(l.run_id, c.from_run) as run, coalesce(l.customer_id, c.customer_id) as customer, l.node, c.run_id as "toRun", c.node as "toNode"
           from (select p.run_id, p.customer_id, p.node, s.codes from participants p
                 left join audit_steps s on s.run_id = p.run_id and s.customer_id = p.customer_id and s.kind = 'migration' and s.codes like 'moved_to=%'
                 where p.end_reason = 'migrated' and ($1::text is null or p.run_id = $1)) l
           full join (select g.from_run, g.run_id, g.nodes, p.customer_id, s.node, s.codes from run_migrations g
                      join participants p on p.run_id = g.run_id
                      left join audit_steps s on s.run_id = p.run_id and s.customer_id = p.customer_id and s.kind = 'migration'
                        and s.codes like 'moved_from=%'
                      where $1::text is null or g.from_run = $1) c
             on c.from_run = l.run_id and c.customer_id = l.customer_id
           where l.run_id is null or c.run_id is null or c.nodes->>l.node is null
             or l.codes is distinct from 'moved_to=' || c.run_id || '/' || (c.nodes->>l.node) || ',exit=migrated'
             or ($1::text is null and (c.node is distinct from c.nodes->>l.node or c.codes is distinct from 'moved_from=' || l.run_id || '/' || l.node))`,
  },
];

/** Sends that were decided and rewards that were intended, over all runs that somebody was moved along. */
export const nothingTwice: Check = {
  what: 'nobody who was moved to a newer version got a message or a reward there of a node whose they had got before',
  wrong: 'the message or reward of one node twice, before and after a move',
  rows: count('run_migrations', `(${ofRun('run_id')} or from_run = $1)`),
  find: `with recursive along as (
           select run_id, from_run from run_migrations
           union select a.run_id, g.from_run from along a join run_migrations g on g.run_id = a.from_run),
         effects as (
           select run_id, node, customer_id, id as key from outbox where state not in ('withheld', 'rejected')
           union all select run_id, node, customer_id, key from payouts where generation = 1)
         select a.run_id as run, e.node, e.customer_id as customer, e.key as again, b.key as before
         from along a join effects e on e.run_id = a.run_id
         join effects b on b.run_id = a.from_run and b.customer_id = e.customer_id and b.node = e.node
         where $1::text is null or a.run_id = $1 or a.from_run = $1`,
};
