/**
 * When people reached their campaign's goal, treated beside held out, from the same moment on: the run's start, or the entry of whom an event let in. One
 * statement over whoever the report counts (run-report.store.ts); no row leaves the database.
 */
import { inSnapshot, type Pool } from './pool.js';
import { SPANS_MAX, WIDTHS_S } from './response-curve.store.js';
import { OF_RUN, peopleOf, sectionRows, type ReportSection } from './run-report.store.js';
import { RunsStore, type RunSnapshot } from './runs.store.js';

export interface GoalSpan {
  holdout: boolean;
  /** From `n` × width on, less than (n + 1) × width. */
  n: number;
  reached: number;
}
export interface GoalCurve {
  widthSeconds: number;
  spans: GoalSpan[];
  treated: number;
  holdout: number;
}
const NOBODY: GoalCurve = { widthSeconds: 1, spans: [], treated: 0, holdout: 0 };

/** Indexes: the primary key of participants by run, events_customer for each of them. */
const CURVE = `${peopleOf(OF_RUN)},
first as materialized (
  select p.holdout, greatest(extract(epoch from min(e.occurred_at) - min(p.since)), 0)::float8 as after
  from person p join section s on s.section = p.section join events e on e.customer_id = p.customer_id and e.name = s.event
  where e.occurred_at >= p.since and e.occurred_at < p.since + s."spanMs" * interval '1 millisecond'
  group by p.run_id, p.customer_id, p.holdout),
width as materialized (
  select coalesce(min(w) filter (where w * $4 > (select coalesce(max(after), 0) from first)), max(w)) as s from unnest($3::int[]) as w),
span as (
  select holdout, least(floor(after / s), $4 - 1)::int as n, count(*) as reached from first cross join width group by 1, 2)
select (select s from width) as "widthSeconds",
  (select coalesce(json_agg(span order by holdout, n), '[]') from span) as spans,
  (select count(*) from person where not holdout) as treated, (select count(*) from person where holdout) as holdout`;

export class GoalCurveStore {
  private readonly runs: RunsStore;

  constructor(private readonly pool: Pool) {
    this.runs = new RunsStore(pool);
  }

  /** As of one moment; null where there is no such run. Of an expired run nobody is told: what is left of it is not the whole. */
  async whole(
    run: string,
    sectionOf: (snapshot: RunSnapshot) => ReportSection,
  ): Promise<{ snapshot: RunSnapshot; section: ReportSection; curve: GoalCurve } | null> {
    return await inSnapshot(this.pool, async (client) => {
      const snapshot = await this.runs.snapshot(run, client);
      if (!snapshot) return null;
      const section = sectionOf(snapshot);
      if (snapshot.run.expiredAt || section.goal === null) return { snapshot, section, curve: NOBODY };
      const { rows } = await client.query<GoalCurve>(CURVE, [run, sectionRows([section]), WIDTHS_S, SPANS_MAX]);
      return { snapshot, section, curve: rows[0] ?? NOBODY };
    });
  }
}
