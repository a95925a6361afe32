/**
 * Which customers an exclusion list excludes at `now`: read after the locks of a cohort or of a claim, one statement for all uploaded lists
 * and one more per list that a segment rules.
 */
import type { RuleGroup } from '../domain/segment/rule.js';
import { membersAmong } from './members.js';
import type { Client } from './pool.js';
import { pinNewest } from './segments.store.js';

type Queryable = Pick<Client, 'query'>;

interface ListRow {
  key: string;
  version: number;
  segment: string | null;
  segment_version: number | null;
  rule: RuleGroup | null;
  /** Of an uploaded list, those of the customers asked for whom it excludes. */
  customers: string[];
}

export interface Exclusions {
  /** What a decision's context keeps: the lists in force, and the snapshot that saw them. Empty where there has never been a list. */
  versions: { exclusions?: string[]; exclusionsSeen?: string };
  /** The first list that excludes the customer, by its label; null: none; undefined: no list is in force. */
  of(customer: string): string | null | undefined;
}

export async function exclusionsOf(client: Queryable, customers: readonly string[], now: number): Promise<Exclusions> {
  const { rows } = await client.query<{ snapshot: string; ever: boolean; lists: ListRow[] }>(LISTS, [
    new Date(now),
    customers,
  ]);
  const [{ snapshot, ever, lists } = { snapshot: '', ever: false, lists: [] }] = rows;
  const excluded = new Map<string, string>();
  for (const list of lists) {
    const own = list.segment === null ? list.customers : await ruled(client, list, customers, now);
    for (const customer of own) if (!excluded.has(customer)) excluded.set(customer, labelOf(list));
  }
  return {
    versions: ever ? { exclusions: lists.map(labelOf), exclusionsSeen: snapshot } : {},
    of: (customer) => (lists.length === 0 ? undefined : (excluded.get(customer) ?? null)),
  };
}

/** `key@version`; of a list that a segment rules `key@version/segment@version`. */
const labelOf = ({ key, version, segment, segment_version: of }: ListRow): string =>
  segment === null ? `${key}@${version}` : `${key}@${version}/${segment}@${of}`;

/** The newest version of each list, where it is active and valid, with its newest entries, all by one snapshot. Index: exclusion_entries_customer. */
const LISTS = `
  select pg_current_snapshot()::text as snapshot, exists (select from exclusion_lists) as ever, coalesce((
    select json_agg(to_jsonb(l) - 'active' || jsonb_build_object('segment_version', s.version, 'rule', s.rule, 'customers', coalesce(e.customers, '{}'))
                    order by l.key)
    from (select distinct on (key) key, version, segment, active, valid_from, valid_to from exclusion_lists order by key, version desc) l
    left join lateral (select version, rule from segments where key = l.segment order by version desc limit 1) s on true
    left join lateral (
      select array_agg(n.customer_id) as customers
      from (select distinct on (customer_id) customer_id, excluded, valid_from, valid_to from exclusion_entries
            where customer_id = any($2::text[]) and list = l.key order by customer_id, no desc) n
      where n.excluded and n.valid_from <= $1 and $1 < n.valid_to) e on l.segment is null
    where l.active and l.valid_from <= $1 and $1 < l.valid_to), '[]') as lists`;

/** The segment as it is now, with those inside it. Errors: throws where it has become what cannot be asked, so that nothing goes out unasked. */
async function ruled(client: Queryable, list: ListRow, customers: readonly string[], now: number): Promise<string[]> {
  if (!list.rule || list.segment === null)
    throw new Error('invariant: an exclusion list of a segment that does not exist');
  const pinned = await pinNewest(client, list.rule, { self: list.segment });
  if (!pinned.ok) throw new Error('invariant: the segment of an exclusion list names what it cannot');
  return await membersAmong(client, pinned.rule, customers, now);
}
