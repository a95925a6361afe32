/**
 * A report cut finer, of a run or of a chain of them: each decision of a send node is one row of the trace; what became of it is joined to it, and all of
 * it is counted by campaign version, wave, arm, sub-segment label and offer in one statement, therefore in one snapshot. No row leaves the database.
 */
import { inSnapshot, type Client, type Pool } from './pool.js';
import { RunsStore, type RunSnapshot } from './runs.store.js';

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
/** A launched version of which some people are reported. */
export interface ReportSection {
  campaign: string;
  version: number;
  offers: readonly SendOffer[];
  /** Nodes that wait for a response of the customer; what a payout tells is none. */
  waits: readonly string[];
  /** Without one nobody has reached it. */
  goal: Goal | null;
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

/**
 * For any report over `member`, a relation of (run_id, customer_id) that may use `$1`; `$2` are the sections. `person`: each of them, by section.
 * `reached`: who of them had the goal event of their section inside its window.
 */
export const peopleOf = (member: string) => `
with recursive member as (${member}),
section as materialized (
  select * from json_to_recordset($2::json) as s(section smallint, campaign text, version int, offers json, waits json, event text, "spanMs" bigint)),
person as materialized (
  select s.section, p.run_id, p.customer_id, p.label, p.state, p.entered_at, coalesce(p.end_reason = 'holdout', false) as holdout,
         case when r.takes_entrants or r.trigger_key like 'entries-%' then p.entered_at else r.started_at end as since
  from member m join participants p on p.run_id = m.run_id and p.customer_id = m.customer_id
  join runs r on r.id = p.run_id join section s on s.campaign = r.campaign and s.version = r.version),
reached as materialized (
  select distinct p.run_id, p.customer_id from person p join section s on s.section = p.section
  join events e on e.customer_id = p.customer_id and e.name = s.event
  where e.occurred_at >= p.since and e.occurred_at < p.since + s."spanMs" * interval '1 millisecond'),
waits as (select s.section, w.node from section s cross join json_array_elements_text(s.waits) as w(node))`;

const cellsOf = (member: string) => `${peopleOf(member)},
offers as (
  select s.section, o.* from section s cross join json_to_recordset(s.offers) as o(node text, wave smallint, offer text)),
armed as materialized (
  select distinct on (t.run_id, t.customer_id) t.run_id, t.customer_id, (regexp_match(t.steps, '[:,]arm=([^,|:]+)'))[1] as arm
  from person p join trace t on t.run_id = p.run_id and t.customer_id = p.customer_id
  where t.steps ~ '[:,]arm=' order by t.run_id, t.customer_id, t.no),
decided as materialized (
  select p.section, p.run_id, p.customer_id, p.label, o.node, o.wave,
         coalesce((regexp_match(s.step, '[:,]offer=([^,]+@\\d+)'))[1], o.offer) as offer, (regexp_match(s.step, '#(\\d+):'))[1]::smallint as visit,
         (regexp_match(s.step, '[:,]message=suppressed:([^,]+)'))[1] as suppressed
  from person p join trace t on t.run_id = p.run_id and t.customer_id = p.customer_id
  join decision_contexts x on x.id = t.context_id and x.kind = 'cohort'
  cross join unnest(string_to_array(t.steps, '|')) as s(step)
  join offers o on o.section = p.section and o.node = split_part(s.step, '#', 1)
  where s.step ~ '[:,]message=(queued|suppressed:)'),
answered as materialized (
  select a.run_id, a.customer_id, a.wave, a.visit, count(*) filter (where not a.late) as responded, count(*) filter (where a.late) as late
  from person p join responses a on a.run_id = p.run_id and a.customer_id = p.customer_id
  join waits w on w.section = p.section and w.node = a.node group by 1, 2, 3, 4),
paid as materialized (
  select y.run_id, y.customer_id, y.wave, y.visit, count(*) as paid
  from person p join payouts y on y.run_id = p.run_id and y.customer_id = p.customer_id
  where y.state in ('paid', 'settled') group by 1, 2, 3, 4),
fate as materialized (
  select d.section, d.wave, a.arm, d.label, d.offer, d.suppressed, (m.id is not null) as sent,
         exists (select from receipts rc where rc.message_id = m.id and rc.event = 'delivered') as delivered,
         coalesce(w.responded, 0) as responded, coalesce(w.late, 0) as late, coalesce(y.paid, 0) as paid,
         (g.customer_id is not null) as goal
  from decided d
  left join armed a on a.run_id = d.run_id and a.customer_id = d.customer_id
  left join outbox m on m.run_id = d.run_id and m.node = d.node and m.visit = d.visit and m.customer_id = d.customer_id and m.state = 'accepted'
  left join answered w on w.run_id = d.run_id and w.customer_id = d.customer_id and w.wave = d.wave and w.visit = d.visit
  left join paid y on y.run_id = d.run_id and y.customer_id = d.customer_id and y.wave = d.wave and y.visit = d.visit
  left join reached g on g.run_id = d.run_id and g.customer_id = d.customer_id),
cell as (
  select section, wave, arm, label, offer, count(*) as entered, count(*) filter (where sent) as sent,
         count(*) filter (where delivered) as delivered,
         sum(responded)::bigint as responded, sum(late)::bigint as late, sum(paid)::bigint as paid, count(*) filter (where goal) as goal,
         (select coalesce(json_object_agg(q.suppressed, q.n), '{}') from (
            select i.suppressed, count(*) as n from fate i
            where i.suppressed is not null and i.section = f.section and i.wave = f.wave and i.offer = f.offer
              and i.arm is not distinct from f.arm and i.label is not distinct from f.label
            group by 1 order by 1) q) as suppressed
  from fate f group by section, wave, arm, label, offer order by section, wave, arm, label, offer),
reach as (
  select p.section, p.holdout, count(*) as people, count(g.customer_id) as goal
  from person p left join reached g on g.run_id = p.run_id and g.customer_id = p.customer_id group by 1, 2)
select s.section,
  (select coalesce(json_agg(json_build_object('wave', wave, 'arm', arm, 'label', label, 'offer', offer, 'entered', entered,
     'suppressed', suppressed, 'sent', sent, 'delivered', delivered, 'responded', responded, 'late', late, 'paid', paid, 'goal', goal)
       order by wave, arm, label, offer), '[]')
   from cell c where c.section = s.section) as cells,
  (select json_build_object('people', coalesce(sum(people), 0), 'goal', coalesce(sum(goal), 0))
   from reach r where r.section = s.section and not holdout) as treated,
  (select json_build_object('people', coalesce(sum(people), 0), 'goal', coalesce(sum(goal), 0))
   from reach r where r.section = s.section and holdout) as holdout
from section s order by s.section`;

/** `$2` of whatever stands on `peopleOf`; a section is told by its place. */
export const sectionRows = (sections: readonly ReportSection[]): string =>
  JSON.stringify(
    sections.map(({ goal, ...section }, n) => ({
      ...section,
      section: n,
      event: goal?.event ?? null,
      spanMs: goal?.spanMs ?? 0,
    })),
  );

/** Of each section, in their order. */
export async function readCells(
  client: Client | Pool,
  member: string,
  seed: string,
  sections: readonly ReportSection[],
): Promise<ReportCells[]> {
  const { rows } = await client.query<ReportCells & { section: number }>(cellsOf(member), [
    seed,
    sectionRows(sections),
  ]);
  return rows.map(({ section: _section, ...cells }) => cells);
}

export const OF_RUN = 'select run_id, customer_id from participants where run_id = $1';

const NO_CELLS: ReportCells = { cells: [], treated: { people: 0, goal: 0 }, holdout: { people: 0, goal: 0 } };

export class RunReportStore {
  private readonly runs: RunsStore;

  constructor(private readonly pool: Pool) {
    this.runs = new RunsStore(pool);
  }

  /** Counters and cells as of one moment; null where there is no such run. */
  async whole(
    runId: string,
    sectionOf: (snapshot: RunSnapshot) => ReportSection,
  ): Promise<{ snapshot: RunSnapshot; cells: ReportCells } | null> {
    return await inSnapshot(this.pool, async (client) => {
      const snapshot = await this.runs.snapshot(runId, client);
      if (!snapshot) return null;
      if (snapshot.run.expiredAt) return { snapshot, cells: NO_CELLS }; // what is left of its trace is not the whole
      const [cells = NO_CELLS] = await readCells(client, OF_RUN, runId, [sectionOf(snapshot)]);
      return { snapshot, cells };
    });
  }

  async cells(runId: string, section: ReportSection): Promise<ReportCells> {
    const [cells] = await inSnapshot(this.pool, (client) => readCells(client, OF_RUN, runId, [section]));
    return cells ?? NO_CELLS;
  }
}
