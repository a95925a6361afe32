/**
 * The sealer of the audit log: it numbers and chains the lines that have committed unsealed, a batch per transaction, under the lock that it shares with
 * the ledger's sealer and with whoever signs the ends of both.
 */
import { GENESIS, lineHash, type SealedLine } from '../domain/ledger/chain.js';
import { lockSealing } from './advisory.js';
import { SEALED_TOGETHER, type Sealed } from './ledger-seals.store.js';
import { inTransaction, type Client, type Pool } from './pool.js';

interface Listed {
  line: SealedLine;
  isSealed: boolean;
}

export class AuditLogSealsStore {
  constructor(
    private readonly pool: Pool,
    private readonly batch = SEALED_TOGETHER,
  ) {}

  /** One batch, by the numbers of the lines. One that commits later, whatever its number, is sealed later. */
  async sealBatch(): Promise<Sealed> {
    return await inTransaction(this.pool, async (client) => {
      if (!(await lockSealing(client))) return { sealed: 0, more: false };
      const last = await lastSeal(client); // a fresh statement after the lock: the end that the sealer before us left
      const listed = await readListed(client, this.batch);
      const fresh = listed.filter(({ isSealed }) => !isSealed).map(({ line }) => line);
      await append(client, last, fresh);
      await client.query('delete from audit_log_unsealed where line = any($1::bigint[])', [
        listed.map(({ line: [no] }) => no),
      ]);
      return { sealed: fresh.length, more: listed.length === this.batch };
    });
  }
}

async function lastSeal(client: Client): Promise<{ no: number; hash: Buffer }> {
  const { rows } = await client.query<{ no: number; hash: Buffer }>(
    'select no, hash from audit_log_seals order by no desc limit 1',
  );
  return rows[0] ?? { no: 0, hash: GENESIS };
}

const MICROS = (at: string) => `(extract(epoch from ${at}) * 1000000)::bigint::text`;

/** Indexes: the list's primary key; for each on it, the line's and whether it has a seal. `limit 1` keeps the planner from reading all of either for a batch. */
async function readListed(client: Client, limit: number): Promise<Listed[]> {
  const { rows } = await client.query<Listed>(
    `select json_build_array(l.no::text, ${MICROS('l.at')}, l.actor, l.action, l.subject, l.reason, l.before::text, l.after::text,
              ${MICROS('l.recorded_at')}) as line,
            s.no is not null as "isSealed"
     from (select line from audit_log_unsealed order by line limit $1) u
     cross join lateral (select * from audit_log where no = u.line limit 1) l
     left join lateral (select no from audit_log_seals where line = u.line limit 1) s on true
     order by u.line`,
    [limit],
  );
  return rows;
}

async function append(client: Client, last: { no: number; hash: Buffer }, fresh: readonly SealedLine[]): Promise<void> {
  if (fresh.length === 0) return;
  let { no, hash } = last;
  const links = fresh.map((line) => {
    const previous = hash;
    no += 1;
    hash = lineHash(previous, line);
    return { n: no, l: line[0], p: previous.toString('hex'), h: hash.toString('hex') };
  });
  await client.query(
    `insert into audit_log_seals (no, line, previous, hash)
     select n, l, decode(p, 'hex'), decode(h, 'hex')
     from json_to_recordset($1::json) as x(n bigint, l bigint, p text, h text) order by n`,
    [JSON.stringify(links)],
  );
}
