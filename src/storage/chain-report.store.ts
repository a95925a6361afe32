/**
 * The report over a chain of linked campaigns: whoever was in the run or campaign where it begins, and each run that links led them into. All of it is
 * read on one snapshot, by statements over sets. What others did in the same runs is not in it.
 */
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import { inSnapshot, type Client, type Pool } from './pool.js';
import { peopleOf, readCells, sectionRows, type ReportCells, type ReportSection } from './run-report.store.js';

/** Where a chain begins: at one run, or at all runs of a campaign. */
export type ChainSeed = { run: string } | { campaign: string };

/** One launched version of a campaign, as far as the chain came through it. */
export interface ChainLeg {
  campaign: string;
  version: number;
  definition: LaunchedCampaign;
  /** The runs of it that the chain came through. */
  runs: string[];
  /** Of these, those that have expired: their decisions and messages are not counted any more. */
  expired: string[];
  people: number;
  /** The chain begins here. */
  begins: boolean;
}
/** Of one section, in one state. */
export interface ChainCount {
  section: number;
  kind: 'participant' | 'message' | 'payout';
  /** Of messages. */
  node: string | null;
  state: string;
  reason: string | null;
  n: number;
}
/** Between two campaigns, by the link node that leads from the one to the other. */
export interface ChainSeam {
  section: number;
  node: string;
  /** The campaign that it leads to. */
  to: string;
  /** links = told + waiting + failed. */
  links: number;
  /** told = entered + refused + notOpen. */
  told: number;
  entered: number;
  refused: Record<string, number>;
  notOpen: number;
  waiting: number;
  failed: number;
}
/** Customers, each once, however many campaigns they came through. */
export interface ChainTreated {
  people: number;
  /** To whom at least one message went out. */
  sent: number;
  responded: number;
  /** Who was paid, how many payouts, and how much of each currency in minor units. */
  rewarded: number;
  payouts: number;
  amounts: Record<string, string>;
  /** Of the campaign where the chain begins. */
  goal: number;
}
export interface ChainSnapshot {
  legs: ChainLeg[];
  cells: ReportCells[];
  counts: ChainCount[];
  seams: ChainSeam[];
  treated: ChainTreated;
  /** Held out wherever they were. */
  holdout: { people: number; goal: number };
  businessEpoch: Date | null;
}

/**
 * Each link lets a customer in at most once, and each is in a run once: it ends, also where campaigns lead back to each other. Who was moved to a newer
 * version goes on there.
 */
const memberOf = (seed: ChainSeed) => `
  select p.run_id, p.customer_id from participants p join runs r on r.id = p.run_id where ${'run' in seed ? 'r.id' : 'r.campaign'} = $1
  union
  select n.run_id, n.customer_id from member m cross join lateral (
    select e.run_id, e.customer_id from links l
    join events v on v.message_id = l.id
    join campaign_entries e on e.campaign = l.campaign and e.customer_id = l.customer_id and e.event_no = v.no
    where l.run_id = m.run_id and l.customer_id = m.customer_id and l.outcome = 'entered'
    union all
    select p.run_id, p.customer_id from run_migrations g
    join participants p on p.run_id = g.run_id and p.customer_id = m.customer_id
    where g.from_run = m.run_id) n`;

export class ChainReportStore {
  constructor(private readonly pool: Pool) {}

  /** Null: there is no such run or campaign. A campaign that has no run yet has a chain without people. */
  async read(
    seed: ChainSeed,
    sectionOf: (version: number, definition: LaunchedCampaign) => ReportSection,
  ): Promise<ChainSnapshot | null> {
    const id = 'run' in seed ? seed.run : seed.campaign;
    const member = memberOf(seed);
    return await inSnapshot(this.pool, async (client) => {
      const from = await client.query(
        'run' in seed ? 'select from runs where id = $1' : 'select from campaigns where key = $1',
        [id],
      );
      if (from.rowCount === 0) return null;
      const legs = await readLegs(client, seed, member);
      const sections = legs.map(({ version, definition }) => sectionOf(version, definition));
      const at = { member, id, sections };
      const epoch = await client.query<{ at: Date | null }>('select business_epoch as at from installation');
      return {
        legs,
        cells: await readCells(client, member, id, sections),
        counts: await readCounts(client, at),
        seams: await readSeams(client, at),
        ...(await readTotals(client, at, legs)),
        businessEpoch: epoch.rows[0]?.at ?? null,
      };
    });
  }
}

interface At {
  member: string;
  id: string;
  sections: readonly ReportSection[];
}

/** Where the chain begins first, then in the order in which anybody came. */
async function readLegs(client: Client, seed: ChainSeed, member: string): Promise<ChainLeg[]> {
  const { rows } = await client.query<ChainLeg>(
    `with recursive member as (${member}),
     leg as (
       select r.campaign, r.version, array_agg(distinct r.id) as runs, count(*) as people, min(p.entered_at) as since,
         bool_or(${'run' in seed ? 'r.id' : 'r.campaign'} = $1) as begins
       from member m join participants p on p.run_id = m.run_id and p.customer_id = m.customer_id
       join runs r on r.id = p.run_id group by 1, 2)
     select l.campaign, l.version, v.definition, l.runs, l.people, l.begins,
       (select coalesce(array_agg(t.run_id order by t.run_id), '{}') from retentions t where t.run_id = any(l.runs)) as expired
     from leg l join campaign_versions v on v.campaign = l.campaign and v.version = l.version
     order by l.begins desc, l.since, l.campaign, l.version`,
    ['run' in seed ? seed.run : seed.campaign],
  );
  return rows;
}

async function readCounts(client: Client, { member, id, sections }: At): Promise<ChainCount[]> {
  const { rows } = await client.query<ChainCount>(
    `${peopleOf(member)}
     select section, 'participant' as kind, null as node, state, null as reason, count(*) as n from person group by 1, 4
     union all
     select p.section, 'message', o.node, o.state, o.reason, count(*)
     from person p join outbox o on o.run_id = p.run_id and o.customer_id = p.customer_id group by 1, 3, 4, 5
     union all
     select p.section, 'payout', null, y.state, null, count(*)
     from person p join payouts y on y.run_id = p.run_id and y.customer_id = p.customer_id group by 1, 4
     order by 1, 2, 3, 4, 5`,
    [id, sectionRows(sections)],
  );
  return rows;
}

async function readSeams(client: Client, { member, id, sections }: At): Promise<ChainSeam[]> {
  const { rows } = await client.query<ChainSeam>(
    `${peopleOf(member)},
     led as (
       select p.section, l.node, l.campaign as "to", l.outcome, l.reason, count(*) as n
       from person p join links l on l.run_id = p.run_id and l.customer_id = p.customer_id group by 1, 2, 3, 4, 5)
     select section, node, "to", sum(n)::bigint as links,
       coalesce(sum(n) filter (where outcome in ('entered', 'refused', 'not_open')), 0)::bigint as told,
       coalesce(sum(n) filter (where outcome = 'entered'), 0)::bigint as entered,
       coalesce(json_object_agg(reason, n order by reason) filter (where outcome = 'refused'), '{}') as refused,
       coalesce(sum(n) filter (where outcome = 'not_open'), 0)::bigint as "notOpen",
       coalesce(sum(n) filter (where outcome is null), 0)::bigint as waiting,
       coalesce(sum(n) filter (where outcome = 'failed'), 0)::bigint as failed
     from led group by 1, 2, 3 order by 1, 2, 3`,
    [id, sectionRows(sections)],
  );
  return rows;
}

/** `$3`: sections where the chain begins, whose goal is the chain's: by it who was held out there is compared. */
async function readTotals(
  client: Client,
  { member, id, sections }: At,
  legs: readonly ChainLeg[],
): Promise<Pick<ChainSnapshot, 'treated' | 'holdout'>> {
  const begins = legs.flatMap((leg, section) => (leg.begins ? [section] : []));
  const { rows } = await client.query<Pick<ChainSnapshot, 'treated' | 'holdout'>>(
    `${peopleOf(member)},
     paid as materialized (
       select y.customer_id, y.currency, y.amount from person p join payouts y on y.run_id = p.run_id and y.customer_id = p.customer_id
       where y.state in ('paid', 'settled')),
     sent as (
       select distinct o.customer_id from person p join outbox o on o.run_id = p.run_id and o.customer_id = p.customer_id
       where o.state = 'accepted'),
     responded as (
       select distinct a.customer_id from person p join responses a on a.run_id = p.run_id and a.customer_id = p.customer_id
       join waits w on w.section = p.section and w.node = a.node where not a.late),
     customer as materialized (
       select p.customer_id, bool_and(p.holdout) as holdout, bool_or(g.customer_id is not null and p.section = any($3::int[])) as goal
       from person p left join reached g on g.run_id = p.run_id and g.customer_id = p.customer_id group by 1)
     select
       (select json_build_object(
          'people', count(*),
          'sent', (select count(*) from sent),
          'responded', (select count(*) from responded),
          'rewarded', (select count(distinct customer_id) from paid),
          'payouts', (select count(*) from paid),
          'amounts', (select coalesce(json_object_agg(currency, amount order by currency), '{}') from (
             select currency, sum(amount)::text as amount from paid group by 1) sums),
          'goal', count(*) filter (where goal)) from customer where not holdout) as treated,
       (select json_build_object('people', count(*), 'goal', count(*) filter (where goal)) from customer where holdout) as holdout`,
    [id, sectionRows(sections), begins],
  );
  return rows[0] as Pick<ChainSnapshot, 'treated' | 'holdout'>;
}
