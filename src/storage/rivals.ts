/**
 * Who else wants a contact of the same customers: participants of open runs of higher priority. Read after the cohort's locks and not
 * locked: whoever comes later finds what this cohort decided.
 */
import { LOOK_AHEAD_MAX_MS, type ContactPolicy } from '../domain/contact-policy/policy.js';
import { dueBefore, sendsAhead, type Rival } from '../domain/contact-policy/yield.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import type { Client } from './pool.js';

type JourneyOf = (runId: string) => Promise<PreparedJourney>;

/** Frozen open runs of a higher priority that are neither paused nor stopped, with their journeys. Index: runs_open. */
export async function higherRuns(
  client: Pick<Client, 'query'>,
  priority: number,
  journeyOf: JourneyOf,
): Promise<Map<string, PreparedJourney>> {
  const { rows } = await client.query<{ id: string }>(
    `select r.id from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
     where r.state = 'running' and v.priority > $1 and not exists (
       select 1 from controls k where k.scope in ('run/' || r.id, 'campaign/' || r.campaign) and k.state <> 'running')
     order by r.id`,
    [priority],
  );
  const journeys = new Map<string, PreparedJourney>();
  for (const { id } of rows) journeys.set(id, await journeyOf(id));
  return journeys;
}

/** The rivals of each customer, of one run's cohort at `now`: one statement, an index probe per customer and run (participants_pkey). */
export async function rivalsOf(
  client: Pick<Client, 'query'>,
  at: { runId: string; now: number },
  priority: number,
  ids: readonly string[],
  policies: readonly ContactPolicy[],
  journeyOf: JourneyOf,
): Promise<Map<string, Rival[]>> {
  const rivals = new Map<string, Rival[]>();
  if (policies.length === 0 || ids.length === 0) return rivals;
  const higher = await higherRuns(client, priority, journeyOf);
  if (higher.size === 0) return rivals;
  const lookAheadMs = Math.min(LOOK_AHEAD_MAX_MS, Math.max(...policies.map((policy) => policy.lookAheadMs)));
  const { rows } = await client.query<{ customer_id: string; run_id: string; node: string; due_at: Date }>(
    `select p.customer_id, p.run_id, p.node, p.due_at
     from unnest($1::text[]) as c(id) cross join unnest($2::text[]) as r(id)
     join participants p on p.customer_id = c.id and p.run_id = r.id
     where p.state = 'active' and p.due_at < $3
     order by p.customer_id, p.run_id`,
    [ids, [...higher.keys()], new Date(dueBefore(at.now, lookAheadMs))],
  );
  for (const row of rows) {
    const journey = higher.get(row.run_id) as PreparedJourney;
    if (sendsAhead(journey, row.node, () => true) === 0) continue;
    const own = rivals.get(row.customer_id) ?? [];
    own.push({ runId: row.run_id, journey, node: row.node, dueAt: row.due_at.getTime() });
    rivals.set(row.customer_id, own);
  }
  return rivals;
}
