/**
 * Who names a segment: campaigns (their audience, labels and branches, as the draft has them; ended ones do not any more), other segments by their
 * newest rule, and exclusion lists in force.
 */
import type { Client, Pool } from './pool.js';

export interface SegmentUses {
  /** Keys, in their order. */
  campaigns: string[];
  segments: string[];
  exclusionLists: string[];
}

type Row = { segment: string } & SegmentUses;

/** Of each of the segments. Each definition is looked through once, however many segments are asked about. */
export async function usesOf(client: Client | Pool, keys: readonly string[]): Promise<Map<string, SegmentUses>> {
  const { rows } = await client.query<Row>(
    `with named as (
       select 'campaign' as kind, c.key, s #>> '{}' as segment
       from campaigns c, jsonb_path_query(c.draft, '$.**.segment') s where c.state <> 'ended'
       union
       select 'segment', n.key, s #>> '{}'
       from (select distinct on (key) key, rule from segments order by key, version desc) n,
         jsonb_path_query(n.rule, '$.**?(@.field == "segment").value[*]') s
       union
       select 'list', n.key, n.segment
       from (select distinct on (key) key, segment, active from exclusion_lists order by key, version desc) n where n.active)
     select a.segment,
       coalesce(array_agg(n.key order by n.key) filter (where n.kind = 'campaign'), '{}') as campaigns,
       coalesce(array_agg(n.key order by n.key) filter (where n.kind = 'segment'), '{}') as segments,
       coalesce(array_agg(n.key order by n.key) filter (where n.kind = 'list'), '{}') as "exclusionLists"
     from unnest($1::text[]) as a (segment) left join named n on n.segment = a.segment group by a.segment`,
    [keys],
  );
  return new Map(rows.map(({ segment, ...uses }) => [segment, uses]));
}
