/**
 * Law 7, continued: the arm of everybody who came to a split is the one that the published hash draws, and they went where it leads. Whom status or
 * consent excluded, by the gate version that the decision saw, is set apart where there is a holdout.
 */
import type pg from 'pg';
import { murmur3 } from './budget-replay.js';
import { count, type Check } from './check.js';
import { isKept } from './retention.js';
import { reachedFrom, type Journey, type JourneyNode } from './journeys.js';

export const ARM_TABLE = `
create temporary table audit_arms (run_id text collate "C", customer_id text collate "C", node text collate "C", visit smallint, arm text,
  expected text, went text, leads text);
`;

interface Row {
  run: string;
  customer: string;
  node: string;
  visit: number;
  arm: string | null;
  went: string | null;
  status: string | null;
  consents: Record<string, { granted?: boolean } | undefined> | null;
}
interface Campaign {
  key: string;
  purpose: string;
  experiment?: string;
  journey: Journey;
}

const ROWS_AT_ONCE = 20_000;

/** Steps at splits (not those that a stop or a failure ended there), and steps anywhere that claim an arm, each with the node that followed. */
const DRAWN = `
  select s.run_id as run, s.customer_id as customer, s.node, s.visit, s.arm, s.went, g.status, g.consents
  from (select s.*, coalesce(lead(s.node) over (partition by s.run_id, s.customer_id order by s.no, s.ord), p.node) as went
        from audit_steps s left join participants p on p.run_id = s.run_id and p.customer_id = s.customer_id
        where s.kind = 'cohort' and s.run_id = $1 and s.customer_id > $2
          and s.customer_id <= coalesce((select max(customer_id) from (
            select distinct customer_id from audit_steps where run_id = $1 and customer_id > $2 order by 1 limit $3) page), '')) s
  join audit_nodes n on n.run_id = s.run_id and n.node = s.node
  left join gate_versions g on g.customer_id = s.customer_id and g.gate_version = s.gate_version
  where (n.type = 'split' and s.ending is null) or s.arm is not null
  order by s.customer_id`;

/** Fill the table of arms; within the snapshot, after the steps of the trace. */
export async function loadArms(client: pg.ClientBase, runId: string | null): Promise<void> {
  const { rows: runs } = await client.query<{ id: string; campaign: Campaign }>(
    `select r.id, v.definition->'campaign' as campaign from runs r
     join campaign_versions v on v.campaign = r.campaign and v.version = r.version
     where ($1::text is null or r.id = $1) and ${isKept('r.id')}
       and (exists (select 1 from audit_nodes n where n.run_id = r.id and n.type = 'split')
         or exists (select 1 from audit_steps s where s.run_id = r.id and s.arm is not null))`,
    [runId],
  );
  for (const { id, campaign } of runs) {
    for (let after: string | null = ''; after !== null;) {
      const { rows: page }: pg.QueryResult<{ last: string | null }> = await client.query(
        `select max(customer_id) as last from (
           select distinct customer_id from audit_steps where run_id = $1 and customer_id > $2 order by 1 limit $3) page`,
        [id, after, ROWS_AT_ONCE],
      );
      const { rows }: pg.QueryResult<Row> = await client.query(DRAWN, [id, after, ROWS_AT_ONCE]);
      await client.query(
        `insert into audit_arms select $1, c, n, v, a, e, w, l from json_to_recordset($2::json)
           as x(c text, n text, v smallint, a text, e text, w text, l text)`,
        [id, JSON.stringify(rows.map((row) => judged(campaign, row)))],
      );
      after = page[0]?.last ?? null;
    }
  }
}

function judged(campaign: Campaign, row: Row): object {
  const node = campaign.journey.nodes[row.node];
  const expected = node?.type === 'split' ? drawn(campaign, row.node, node, row) : null;
  const leads = node?.arms?.find(({ name }) => name === expected)?.next ?? row.node; // held out or set apart: stays
  return { c: row.customer, n: row.node, v: row.visit, a: row.arm, e: expected, w: row.went, l: leads };
}

function drawn(campaign: Campaign, id: string, node: JourneyNode, row: Row): string {
  const holdout = node.holdout ?? 0;
  if (holdout > 0 && isExcluded(campaign, id, row)) return 'excluded';
  const share = murmur3(`${node.experiment ?? campaign.experiment ?? campaign.key}:${row.customer}`) / 2 ** 32;
  const ranges = [{ name: 'holdout', weight: holdout }, ...(node.arms ?? [])];
  const total = ranges.reduce((sum, { weight }) => sum + weight, 0);
  let upTo = 0;
  for (const { name, weight } of ranges) {
    upTo += weight;
    if (share * total < upTo) return name;
  }
  return 'none';
}

function isExcluded({ purpose, journey }: Campaign, split: string, { status, consents }: Row): boolean {
  if (status !== 'active') return true;
  const channels = [...reachedFrom(journey, split)].flatMap((id) => {
    const node = journey.nodes[id];
    return node?.type === 'send' ? [node, ...(node.fallback ?? [])].map(({ channel = '' }) => channel) : [];
  });
  return (
    channels.length > 0 &&
    channels.every((channel) => {
      const consent = consents?.[`${channel}:${purpose}`];
      return consent ? consent.granted === false : purpose === 'advertising';
    })
  );
}

export const arms: Check[] = [
  {
    what: 'everybody who came to a split has the arm that the published hash draws, and went where it leads',
    wrong: 'another arm than the hash draws, or another way than the arm’s',
    rows: count('audit_arms'),
    find: `select run_id as run, customer_id as customer, node, visit, arm, expected, went, leads from audit_arms
           where arm is distinct from expected or went is distinct from leads`,
  },
];
