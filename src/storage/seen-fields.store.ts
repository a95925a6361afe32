/**
 * Names of attributes, events and their properties that have been seen: in a sample of customers and among the newest events, so that the
 * answer takes the same time however many there are.
 */
import type { Pool } from './pool.js';

const SAMPLE = 5_000;

export interface SeenName {
  name: string;
  /** string, number, boolean, object, array. */
  types: string[];
}
export interface SeenFields {
  attributes: SeenName[];
  events: { name: string; properties: SeenName[] }[];
}

export class SeenFieldsStore {
  constructor(private readonly pool: Pool) {}

  /** Sorted by name. */
  async read(): Promise<SeenFields> {
    const { rows: attributes } = await this.pool.query<SeenName>(
      `select k.key as name, array_agg(distinct jsonb_typeof(k.value) order by jsonb_typeof(k.value)) as types
       from (select attributes from customers limit $1) c, jsonb_each(c.attributes) k
       where k.value <> 'null' group by k.key order by k.key collate "C"`,
      [SAMPLE],
    );
    const { rows: events } = await this.pool.query<{ name: string; properties: SeenName[] }>(
      `with newest as (select name, properties from events order by no desc limit $1),
       seen as (
         select e.name, k.key, array_agg(distinct jsonb_typeof(k.value) order by jsonb_typeof(k.value)) as types
         from newest e, jsonb_each(e.properties) k where k.value <> 'null' group by e.name, k.key)
       select n.name, coalesce(json_agg(json_build_object('name', s.key, 'types', s.types) order by s.key collate "C")
         filter (where s.key is not null), '[]') as properties
       from (select distinct name from newest) n left join seen s on s.name = n.name
       group by n.name order by n.name collate "C"`,
      [SAMPLE],
    );
    return { attributes, events };
  }
}
