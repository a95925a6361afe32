/**
 * A run's report cut finer: each decision of a send node is one row of the trace; what became of it is joined to it, and all of it is counted by wave,
 * arm, sub-segment label and offer in one statement, therefore in one snapshot. No row leaves the database.
 */
import type { Pool } from './pool.js';

/** What a send node sends, as pinned at the launch; where it has a choice, over its first channel, which stands for whom none reached. */
export interface SendOffer {
  node: string;
  wave: number;
  /** Template as key@version. */
  offer: string;
}
/** Counts of customers' visits to the send nodes of one wave, of one arm, label and offer. */
export interface ReportCell {
  wave: number;
  /** Null: no split has drawn an arm. */
  arm: string | null;
  label: string | null;
  offer: string;
  entered: number;
  suppressed: Record<string, number>;
  sent: number;
  delivered: number;
  responded: number;
  late: number;
  paid: number;
  goal: number;
}
/** Customers, and how many of them reached the goal inside its window. */
export interface Reach {
  people: number;
  goal: number;
}
export interface ReportCells {
  cells: ReportCell[];
  /** Everybody but the holdout, sent to or not. */
  treated: Reach;
  holdout: Reach;
}
/** `spanMs`: the window from the run's start; from the entry for whom an event or a person let in. */
export interface Goal {
  event: string;
  spanMs: number;
}

const CELLS = `
with offers as (select * from json_to_recordset($2::json) as o(node text, wave smallint, offer text)),
person as materialized (
  select p.customer_id, coalesce(p.end_reason = 'holdout', false) as holdout,
         case when r.takes_entrants or r.trigger_key like 'entries-%' then p.entered_at else r.started_at end as since
  from participants p join runs r on r.id = p.run_id where p.run_id = $1),
armed as materialized (
  select distinct on (customer_id) customer_id, (regexp_match(steps, '[:,]arm=([^,|:]+)'))[1] as arm
  from trace where run_id = $1 and steps ~ '[:,]arm=' order by customer_id, no),
reached as materialized (
  select distinct p.customer_id from person p join events e on e.customer_id = p.customer_id
  where e.name = $3 and e.occurred_at >= p.since and e.occurred_at < p.since + $4::bigint * interval '1 millisecond'),
decided as materialized (
  select t.customer_id, o.node, o.wave, coalesce((regexp_match(s.step, '[:,]offer=([^,]+@\\d+)'))[1], o.offer) as offer, (regexp_match(s.step, '#(\\d+):'))[1]::smallint as visit,
         (regexp_match(s.step, '[:,]message=suppressed:([^,]+)'))[1] as suppressed
  from trace t join decision_contexts x on x.id = t.context_id and x.kind = 'cohort'
  cross join unnest(string_to_array(t.steps, '|')) as s(step)
  join offers o on o.node = split_part(s.step, '#', 1)
  where t.run_id = $1 and s.step ~ '[:,]message=(queued|suppressed:)'),
answered as materialized (
  select customer_id, wave, visit, count(*) filter (where not late) as responded, count(*) filter (where late) as late
  from responses where run_id = $1 and node = any($5::text[]) group by 1, 2, 3),
paid as materialized (
  select customer_id, wave, visit, count(*) as paid from payouts
  where run_id = $1 and state in ('paid', 'settled') group by 1, 2, 3),
fate as materialized (
  select d.wave, a.arm, null::text as label, d.offer, d.suppressed, (m.id is not null) as sent, coalesce(rc.delivered, false) as delivered,
         coalesce(w.responded, 0) as responded, coalesce(w.late, 0) as late, coalesce(y.paid, 0) as paid,
         (g.customer_id is not null) as goal
  from decided d
  left join armed a on a.customer_id = d.customer_id
  left join outbox m on m.run_id = $1 and m.node = d.node and m.visit = d.visit and m.customer_id = d.customer_id and m.state = 'accepted'
  left join (select distinct message_id, true as delivered from receipts where event = 'delivered') rc on rc.message_id = m.id
  left join answered w on w.customer_id = d.customer_id and w.wave = d.wave and w.visit = d.visit
  left join paid y on y.customer_id = d.customer_id and y.wave = d.wave and y.visit = d.visit
  left join reached g on g.customer_id = d.customer_id),
cell as (
  select wave, arm, label, offer, count(*) as entered, count(*) filter (where sent) as sent, count(*) filter (where delivered) as delivered,
         sum(responded)::bigint as responded, sum(late)::bigint as late, sum(paid)::bigint as paid, count(*) filter (where goal) as goal,
         (select coalesce(json_object_agg(q.suppressed, q.n), '{}') from (
            select i.suppressed, count(*) as n from fate i
            where i.suppressed is not null and i.wave = f.wave and i.offer = f.offer
              and i.arm is not distinct from f.arm and i.label is not distinct from f.label
            group by 1 order by 1) q) as suppressed
  from fate f group by wave, arm, label, offer order by wave, arm, label, offer)
select (select coalesce(json_agg(c), '[]') from cell c) as cells,
  (select json_build_object('people', count(*), 'goal', count(g.customer_id))
   from person p left join reached g on g.customer_id = p.customer_id where not p.holdout) as treated,
  (select json_build_object('people', count(*), 'goal', count(g.customer_id))
   from person p left join reached g on g.customer_id = p.customer_id where p.holdout) as holdout`;

export class RunReportStore {
  constructor(private readonly pool: Pool) {}

  /** `waits`: nodes that wait for a response of the customer; what a payout tells is none. Without a goal nobody has reached it. */
  async cells(
    runId: string,
    offers: readonly SendOffer[],
    waits: readonly string[],
    goal: Goal | null,
  ): Promise<ReportCells> {
    const { rows } = await this.pool.query<ReportCells>(CELLS, [
      runId,
      JSON.stringify(offers),
      goal?.event ?? null,
      goal?.spanMs ?? 0,
      waits,
    ]);
    return rows[0] ?? { cells: [], treated: { people: 0, goal: 0 }, holdout: { people: 0, goal: 0 } };
  }
}
