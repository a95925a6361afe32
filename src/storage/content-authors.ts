/**
 * Who made what a campaign names: whoever approves it approves that, too, so its authors are authors of the campaign.
 */
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import type { Client, Pool } from './pool.js';

type Pinned = Pick<LaunchedCampaign, 'segment' | 'labels' | 'segments' | 'templates' | 'fallbacks' | 'boxes'>;

export interface Made {
  /** `key@version` of a template or segment, the key of a lucky box. */
  name: string;
  /** Of the version named; of a box, who has put it last. */
  madeBy: string;
}

const AUTHORS = `
  select t.key || '@' || t.version as name, t.created_by as "madeBy"
  from (select split_part(n, '@', 1) as key, split_part(n, '@', 2)::int as version from unnest($1::text[]) as n) n
  join templates t on t.key = n.key and t.version = n.version
  union
  select s.key || '@' || s.version, s.created_by
  from (select split_part(n, '@', 1) as key, split_part(n, '@', 2)::int as version from unnest($2::text[]) as n) n
  join segments s on s.key = n.key and s.version = n.version
  union
  select b.key, coalesce(
    (select a.actor from audit_log a where a.subject = 'lucky-box/' || b.key and a.action = 'lucky-box.put' order by a.no desc limit 1),
    b.created_by)
  from lucky_boxes b where b.key = any($3::text[])
  order by 1, 2`;

/** Each template, segment (those inside others, too) and lucky box that the content pins, with its author. */
export async function authorsOf(client: Client | Pool, launched: Pinned): Promise<Made[]> {
  const templates = [...Object.values(launched.templates), ...Object.values(launched.fallbacks ?? {}).flat()];
  const segments = [launched.segment, ...(launched.labels ?? []), ...Object.values(launched.segments ?? {})];
  const named = ({ key, version }: { key: string; version: number }) => `${key}@${version}`;
  const { rows } = await client.query<Made>(AUTHORS, [
    templates.map(named),
    segments.flatMap((segment) => [named(segment), ...(segment.uses ?? [])]),
    Object.keys(launched.boxes ?? {}),
  ]);
  return rows;
}
