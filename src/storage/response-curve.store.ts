/**
 * When people responded, counted from when their wave was sent: a bounded number of equal spans, as wide as the last response makes them. One statement;
 * no row leaves the database.
 */
import { inSnapshot, type Client, type Pool } from './pool.js';
import { RunsStore, type RunSnapshot } from './runs.store.js';

export const SPANS_MAX = 60;
/** Spans that a person reads at a glance: seconds to weeks; of the widest there may be more. */
export const WIDTHS_S = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 172_800, 604_800];

export interface CurveSpan {
  wave: number;
  /** From `n` × width on, less than (n + 1) × width; of what came later than all spans, the last. */
  n: number;
  responded: number;
  late: number;
}
export interface ResponseCurve {
  widthSeconds: number;
  spans: CurveSpan[];
  /** Of which nobody kept when their wave was sent. */
  unplaced: number;
}

export class ResponseCurveStore {
  private readonly runs: RunsStore;

  constructor(private readonly pool: Pool) {
    this.runs = new RunsStore(pool);
  }

  /** Counters and curve as of one moment; null where there is no such run. `waitsOf`: its nodes that wait for the customer. */
  async whole(
    run: string,
    waitsOf: (snapshot: RunSnapshot) => readonly string[],
  ): Promise<{ snapshot: RunSnapshot; curve: ResponseCurve } | null> {
    return await inSnapshot(this.pool, async (client) => {
      const snapshot = await this.runs.snapshot(run, client);
      return snapshot && { snapshot, curve: await this.find(run, waitsOf(snapshot), client) };
    });
  }

  /** Index: responses_run. */
  private async find(run: string, waits: readonly string[], client: Client): Promise<ResponseCurve> {
    const { rows } = await client.query<ResponseCurve>(
      `with own as materialized (
         select wave, late, case when wave_at is not null then greatest(extract(epoch from occurred_at - wave_at), 0)::float8 end as after
         from responses where run_id = $1 and node = any($2)),
       width as materialized (
         select coalesce(min(w) filter (where w * $4 > (select coalesce(max(after), 0) from own)), max(w)) as s from unnest($3::int[]) as w),
       span as (
         select wave, least(floor(after / s), $4 - 1)::int as n,
                count(*) filter (where not late) as responded, count(*) filter (where late) as late
         from own cross join width where after is not null group by 1, 2)
       select (select s from width) as "widthSeconds",
         (select coalesce(json_agg(span order by wave, n), '[]') from span) as spans,
         (select count(*) from own where after is null) as unplaced`,
      [run, waits, WIDTHS_S, SPANS_MAX],
    );
    const [curve] = rows;
    if (!curve) throw new Error('invariant: a statement without a row');
    return curve;
  }
}
