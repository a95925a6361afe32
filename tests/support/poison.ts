/**
 * Customers whose data no statement takes: whoever's attribute `poison` names a table has no row written there, as if it were the data's fault.
 */
import type pg from 'pg';

const TABLES = ['outbox', 'payouts', 'links', 'contacts'] as const;

/** As owner. A row in one of these tables of whoever is poisoned for it fails the statement of the whole cohort. */
export async function makePoisonous(db: pg.Pool): Promise<void> {
  await db.query(
    `create function refuse_poison() returns trigger language plpgsql as $$
     begin
       if exists (select from customers c where c.id = new.customer_id and c.attributes ->> 'poison' = tg_table_name) then
         raise exception 'made by the test' using errcode = '22003';
       end if;
       return new;
     end $$`,
  );
  for (const table of TABLES)
    await db.query(
      `create trigger refuse_poison before insert on ${table} for each row execute function refuse_poison()`,
    );
}

/** Or, with null, cure them. */
export async function poison(
  db: pg.Pool,
  ids: readonly string[],
  table: (typeof TABLES)[number] | null,
): Promise<void> {
  await db.query(
    `update customers set attributes = attributes - 'poison' || case when $2::text is null then '{}' else jsonb_build_object('poison', $2::text) end
     where id = any($1::text[])`,
    [ids, table],
  );
}
