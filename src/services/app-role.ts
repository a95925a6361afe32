/**
 * The application's database role: it may read and write, but of what is append-only it may change nothing, and it owns nothing. Granting
 * is repeated after every migration.
 */
import pg from 'pg';

export interface AppRole {
  /** The application's URL. */
  url: string;
  /** false: the owner may not make roles, so the application runs as the owner, and the grants protect nothing. */
  separate: boolean;
}

/** One advisory lock of the database for granting: two at once would update the same catalogue rows. */
const GRANT_LOCK = 7_236_003;

/**
 * Make the role `<database>_app` with this password, or bring it up to date. Errors: those of the database.
 * @param ownerUrl the owner of all tables; the database's name is in its path.
 */
export function ensureAppRole(ownerUrl: string, options: { password: string }): Promise<AppRole> {
  return asGranter(ownerUrl, async (client, database) => {
    const role = `${database}_app`.slice(0, 63);
    if (!(await ensureRole(client, role, options.password))) return { url: ownerUrl, separate: false };
    await grant(client, database, role);
    return { url: urlOf(ownerUrl, role, options.password), separate: true };
  });
}

/** Grant to a role that somebody else made, unless it is the owner. Errors: those of the database. */
export function grantAppRole(ownerUrl: string, role: string): Promise<void> {
  return asGranter(ownerUrl, async (client, database, owner) => {
    if (role !== owner) await grant(client, database, role);
  });
}

async function asGranter<T>(
  ownerUrl: string,
  work: (client: pg.Client, database: string, owner: string) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'pado-grant' });
  client.on('error', () => undefined); // the query under way rejects with it
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [GRANT_LOCK]);
    const { rows } = await client.query<{ database: string; owner: string }>(
      'select current_database() as database, current_user as owner',
    );
    return await work(client, rows[0]?.database ?? '', rows[0]?.owner ?? '');
  } finally {
    await client.end(); // and with it the lock
  }
}

/** false where this owner may not make roles. */
async function ensureRole(client: pg.Client, role: string, password: string): Promise<boolean> {
  const name = pg.escapeIdentifier(role);
  const { rows } = await client.query<{ exists: boolean; may: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as exists,
            (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as may`,
    [role],
  );
  const [row] = rows;
  if (!row?.may) return false;
  const quoted = pg.escapeLiteral(password);
  await client.query(
    row.exists ? `alter role ${name} login password ${quoted}` : `create role ${name} login password ${quoted}`,
  );
  return true;
}

async function grant(client: pg.Client, database: string, role: string): Promise<void> {
  const [name, base] = [pg.escapeIdentifier(role), pg.escapeIdentifier(database)];
  const { rows } = await client.query<{ name: string; append_only: boolean }>(
    `select format('%I.%I', n.nspname, c.relname) as name,
            coalesce(obj_description(c.oid, 'pg_class') like 'append-only%', false) as append_only
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p', 'v') and c.relname <> '_prisma_migrations'`,
  );
  const tables = (appendOnly: boolean) => rows.filter((row) => row.append_only === appendOnly).map((row) => row.name);
  const [appended, changed] = [tables(true), tables(false)];
  await client.query('begin');
  await client.query(`revoke all on all tables in schema public from ${name}`);
  await client.query(`grant connect, temporary on database ${base} to ${name}`);
  await client.query(`grant usage on schema public to ${name}`);
  await client.query(`grant usage, select on all sequences in schema public to ${name}`);
  await client.query(`grant execute on all functions in schema public to ${name}`);
  if (appended.length > 0) await client.query(`grant select, insert on ${appended.join(', ')} to ${name}`);
  if (changed.length > 0)
    await client.query(`grant select, insert, update, delete on ${changed.join(', ')} to ${name}`);
  await client.query('commit');
}

function urlOf(ownerUrl: string, role: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  return url.href;
}
