/**
 * Settlements of providers as they came: a file per provider, day and version, the newest in force. The same bytes again change nothing, other
 * bytes become the next version, and a file with a row that cannot be read becomes none.
 */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { SettlementRow } from '../domain/ledger/settlement.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inPatience, withRows } from './patient.js';
import type { Client, Pool } from './pool.js';

export interface SettlementFile {
  /** <provider>@<day>@<version>. */
  id: string;
  provider: string;
  /** In the provider's zone. */
  day: string;
  version: number;
  source: 'fetched' | 'uploaded';
  /** Of its bytes, in hex. */
  sha256: string;
  rows: number;
  actor: string;
  at: Date;
}
/** Of which provider and day. */
export interface SettlementOf {
  provider: string;
  day: string;
  zone: string;
  source: SettlementFile['source'];
}
export interface SettlementKept {
  /** The one in force from now on; of a preview the one that it would be. */
  file: SettlementFile;
  /** It has been in force already, by the same bytes. */
  unchanged: boolean;
}

const FILE = `id, provider, day::text as day, version, source, encode(sha256, 'hex') as sha256, rows, actor, at`;
const CHUNK = 65_536;

/** One settlement at a time of a provider is taken or matched. */
export const lockSettlements = (client: Client, provider: string) => lockDefinition(client, `settlement/${provider}`);

export class SettlementFilesStore {
  constructor(private readonly pool: Pool) {}

  /** `sha256` is asked when `rows` have ended. Errors of `rows` end it with nothing changed and are thrown on. */
  async keep(
    of: SettlementOf,
    file: { rows: AsyncIterable<SettlementRow>; sha256: () => Buffer; preview: boolean },
    { by, now }: Authored,
  ): Promise<SettlementKept> {
    const load = async (client: Client, rows: AsyncIterable<SettlementRow>): Promise<SettlementKept> => {
      await client.query(
        `create temporary table read_rows (line int, key text collate "C", reference text, amount bigint, currency text, paid_at timestamptz)
         on commit drop`,
      );
      await pipeline(rows, asCopy(), client.query(copyFrom('copy read_rows from stdin')));
      await lockSettlements(client, of.provider);
      const before = await newest(client, of);
      const sha256 = file.sha256();
      if (before?.sha256 === sha256.toString('hex')) return { file: before, unchanged: true };
      return { file: await insert(client, of, { before, sha256 }, { by, now }), unchanged: false };
    };
    return await withRows(file.rows, (rows) => inPatience(this.pool, file, (client) => load(client, rows)));
  }

  /** By day and version, the newest first, one more than `limit`; `after`: the id of the last one of the page before. */
  async list(
    only: { provider?: string | undefined; day?: string | undefined },
    page: { after: string; limit: number },
  ): Promise<SettlementFile[]> {
    const { rows } = await this.pool.query<SettlementFile>(
      `select ${FILE} from settlement_files f
       where ($1::text is null or provider = $1) and ($2::date is null or day = $2)
         and ($3 = '' or (day, version, provider) < (select day, version, provider from settlement_files where id = $3))
       order by f.day desc, version desc, provider desc limit $4`,
      [only.provider ?? null, only.day ?? null, page.after, page.limit + 1],
    );
    return rows;
  }

  /** Postgres' now, by which a request to a provider is signed. */
  async signatureTime(): Promise<Date> {
    const { rows } = await this.pool.query<{ now: Date }>('select clock_timestamp() as now');
    return (rows[0] as { now: Date }).now;
  }
}

async function newest(client: Client, { provider, day }: SettlementOf): Promise<SettlementFile | null> {
  const { rows } = await client.query<SettlementFile>(
    `select ${FILE} from settlement_files f where provider = $1 and f.day = $2 order by version desc limit 1`,
    [provider, day],
  );
  return rows[0] ?? null;
}

async function insert(
  client: Client,
  { provider, day, zone, source }: SettlementOf,
  { before, sha256 }: { before: SettlementFile | null; sha256: Buffer },
  { by, now }: Authored,
): Promise<SettlementFile> {
  const version = (before?.version ?? 0) + 1;
  const id = `${provider}@${day}@${version}`;
  const { rows } = await client.query<SettlementFile>(
    `insert into settlement_files (id, provider, day, version, zone, source, sha256, rows, actor, at)
     select $1, $2, $3, $4, $5, $6, $7, count(*), $8, $9 from read_rows returning ${FILE}`,
    [id, provider, day, version, zone, source, sha256, by, new Date(now)],
  );
  await client.query(
    `insert into settlement_rows (file, line, key, reference, amount, currency, paid_at)
     select $1, line, key, reference, amount, currency, paid_at from read_rows order by line`,
    [id],
  );
  const file = rows[0] as SettlementFile;
  await appendAudit(client, {
    at: now,
    actor: by,
    action: `settlement.${source === 'fetched' ? 'fetch' : 'upload'}`,
    subject: `settlement/${provider}/${day}`,
    before: before && { version: before.version, sha256: before.sha256, rows: before.rows },
    after: { version, sha256: file.sha256, rows: file.rows },
  });
  return file;
}

/** A reference is the only text that may hold what COPY would have to escape. */
function asCopy(): Transform {
  let pending = '';
  return new Transform({
    writableObjectMode: true,
    transform({ line, key, reference, amount, currency, paidAt }: SettlementRow, _encoding, done) {
      const told = reference === null ? '\\N' : reference.replaceAll('\\', '\\\\');
      pending += `${[line, key, told, amount, currency, new Date(paidAt).toISOString()].join('\t')}\n`;
      if (pending.length < CHUNK) return done();
      const chunk = pending;
      pending = '';
      done(null, chunk);
    },
    flush(done) {
      done(null, pending);
    },
  });
}
