/**
 * A database of its own for a test, cloned from a migrated template. The template's name carries the hash of the migrations, so it is
 * made once per server and never stale; whoever comes first makes it while the others wait.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { MIGRATIONS, migrationNames } from '../../src/services/migration-files.js';
import { keepWords } from '../../src/services/migration-words.js';

const APP_ROLE = 'pado_app_test';
const APP_PASSWORD = 'only-for-tests';
/** One advisory lock of the server for making templates. */
const TEMPLATE_LOCK = 7_236_001;

export interface TestDatabase {
  /** As the owner of all tables. */
  ownerUrl: string;
  /** As the role of API and worker, which may not change what is append-only. */
  appUrl: string;
  /** As owner: for looking, and for corrupting by hand. */
  pool: pg.Pool;
  drop(): Promise<void>;
}

/** `server`: the owner's URL of one, DATABASE_URL where left out. Errors: throws where it is missing or may not create databases. */
export async function createDatabase(server = process.env['DATABASE_URL']): Promise<TestDatabase> {
  if (!server) throw new Error('DATABASE_URL is not set: run the tests by ./pado test');
  const name = `pado_t_${randomBytes(6).toString('hex')}`;
  await withClient(server, async (client) => {
    const template = await ensureTemplate(client, server);
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const ownerUrl = urlOf(server, name);
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 4, application_name: 'pado-test' });
  pool.on('error', () => undefined); // an idle connection that `drop … with (force)` ends
  return {
    ownerUrl,
    appUrl: urlOf(server, name, { user: APP_ROLE, password: APP_PASSWORD }),
    pool,
    async drop() {
      await pool.end();
      await withClient(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

function urlOf(server: string, database: string, as?: { user: string; password: string }): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (as) {
    url.username = as.user;
    url.password = as.password;
  }
  return url.href;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function ensureTemplate(client: pg.Client, server: string): Promise<string> {
  const files = readdirSync(MIGRATIONS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(MIGRATIONS, file)));
  const template = `pado_template_${hash.digest('hex').slice(0, 12)}`;
  if (await exists(client, template)) return template;
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (!(await exists(client, template))) await makeTemplate(client, server, template);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
  return template;
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

/** Migrated under another name first: a template by the final name is whole. */
async function makeTemplate(client: pg.Client, server: string, template: string): Promise<void> {
  const draft = `${template}_draft`;
  await client.query(`drop database if exists ${draft} with (force)`);
  await client.query(`create database ${draft}`);
  await withClient(urlOf(server, draft), async (owner) => {
    for (const folder of readdirSync(MIGRATIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      await owner.query(readFileSync(join(MIGRATIONS, folder.name, 'migration.sql'), 'utf8'));
    }
    await keepWords(owner, MIGRATIONS, migrationNames(MIGRATIONS));
    await grantApp(owner);
  });
  await client.query(`alter database ${draft} rename to ${template}`);
}

async function grantApp(owner: pg.Client): Promise<void> {
  const { rowCount } = await owner.query('select from pg_roles where rolname = $1', [APP_ROLE]);
  if (rowCount === 0) await owner.query(`create role ${APP_ROLE} login password '${APP_PASSWORD}'`);
  await owner.query(`grant usage on schema public to ${APP_ROLE}`);
  await owner.query(`grant select, insert, update, delete on all tables in schema public to ${APP_ROLE}`);
  await owner.query(`grant usage, select on all sequences in schema public to ${APP_ROLE}`);
  const { rows } = await owner.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and obj_description(c.oid) like 'append-only%'`,
  );
  for (const { name } of rows) await owner.query(`revoke update, delete, truncate on ${name} from ${APP_ROLE}`);
}
