/**
 * Signed heads of the chains: when one is due it is signed in one transaction with the sealer's lock, so that the ends that it names stand
 * still. The same lines leave the database afterwards, in their order; which of them the webhook has is kept here.
 */
import {
  hashOfClosings,
  hashOfStatement,
  headStatement,
  isHeadDue,
  keyStatement,
  signaturesOf,
  ZEROS,
  type ChainEnd,
  type HashedClosing,
  type LastHead,
  type SigningKey,
} from '../domain/ledger/signed-heads.js';
import { lockSealing } from './advisory.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface SignedHead {
  no: number;
  statement: string;
  /** Base64 by key id. */
  signatures: Record<string, string>;
}

/** `key_unknown`: the key that signs has changed, and the one before it is not at hand to say so. */
export type Signed = 'nothing_due' | 'signed' | 'key_unknown';

export class SignedHeadsStore {
  /** `keys`: the first signs; the others have signed before. Without any, it only tells. */
  constructor(
    private readonly pool: Pool,
    private readonly keys: readonly SigningKey[] = [],
  ) {}

  /** `now`: business now, epoch ms. One that comes while another sealer or signer is at work leaves it to that one. */
  async signDue(now: number): Promise<Signed> {
    const [key] = this.keys;
    if (!key) return 'nothing_due';
    return await inTransaction(this.pool, async (client): Promise<Signed> => {
      if (!(await lockSealing(client))) return 'nothing_due';
      const end = await chainEnd(client, now);
      let last = await lastStatement(client);
      const isDue = isHeadDue(last.head, end);
      if (!isDue && (last.keyId === null || last.keyId === key.id)) return 'nothing_due';
      if (last.keyId !== key.id) {
        const before = this.keys.find(({ id }) => id === last.keyId);
        if (last.keyId !== null && !before) return 'key_unknown';
        const statement = keyStatement({ no: last.no + 1, previous: last.hash, at: now }, key);
        await append(client, { no: last.no + 1, statement }, before ? [key, before] : [key], null);
        last = { ...last, no: last.no + 1, hash: hashOfStatement(statement), keyId: key.id };
      }
      if (isDue) {
        const statement = headStatement({ no: last.no + 1, previous: last.hash, at: now }, key, end);
        await append(client, { no: last.no + 1, statement }, [key], end);
      }
      return 'signed';
    });
  }

  /** Those behind `no`, in their order. */
  async after(no: number, limit: number): Promise<SignedHead[]> {
    const { rows } = await this.pool.query<SignedHead>(
      'select no, statement, signatures from signed_heads where no > $1 order by no limit $2',
      [no, limit],
    );
    return rows;
  }

  /** The key that signs, as the last statement names it; null before the first. */
  async signingKeyId(): Promise<string | null> {
    const { rows } = await this.pool.query<{ id: string }>(
      'select key_id as id from signed_heads order by no desc limit 1',
    );
    return rows[0]?.id ?? null;
  }

  /** Up to which the webhook has answered, and the database's now, by which the call is signed. */
  async told(): Promise<{ no: number; signedAt: Date }> {
    const { rows } = await this.pool.query<{ no: number; signedAt: Date }>(
      `select coalesce((select no from signed_heads_told), 0) as no, clock_timestamp() as "signedAt"`,
    );
    return rows[0] as { no: number; signedAt: Date };
  }

  async markTold(no: number): Promise<void> {
    await this.pool.query(
      `insert into signed_heads_told (no) values ($1)
       on conflict (one) do update set no = greatest(signed_heads_told.no, excluded.no)`,
      [no],
    );
  }
}

interface LastStatement {
  no: number;
  hash: string;
  keyId: string | null;
  head: LastHead | null;
}

async function lastStatement(client: Client): Promise<LastStatement> {
  const { rows } = await client.query<{ no: number; keyId: string; statement: string }>(
    `select no, key_id as "keyId", statement from signed_heads order by no desc limit 1`,
  );
  const heads = await client.query<LastHead>(
    `select day::text as day, through, closings, coalesce(log_through, 0) as "logThrough" from signed_heads where kind = 'head' order by no desc limit 1`,
  );
  const [row] = rows;
  return row
    ? { no: row.no, hash: hashOfStatement(row.statement), keyId: row.keyId, head: heads.rows[0] ?? null }
    : { no: 0, hash: ZEROS, keyId: null, head: null };
}

const MICROS = (at: string) => `(extract(epoch from ${at}) * 1000000)::bigint::text`;

/** A closing commits without the sealer's lock: one that comes meanwhile is in the next head. */
async function chainEnd(client: Client, now: number): Promise<ChainEnd> {
  const { rows } = await client.query<Omit<ChainEnd, 'closings' | 'closingsHash'>>(
    `select (($1::timestamptz at time zone i.zone)::date - 1)::text as day, coalesce(s.no, 0) as through,
       coalesce(encode(s.hash, 'hex'), $2) as hash, coalesce(l.no, 0) as "logThrough", coalesce(encode(l.hash, 'hex'), $2) as "logHash"
     from installation i left join lateral (select no, hash from ledger_seals order by no desc limit 1) s on true
     left join lateral (select no, hash from audit_log_seals order by no desc limit 1) l on true`,
    [new Date(now), ZEROS],
  );
  const { rows: closed } = await client.query<{ closing: HashedClosing }>(
    `select json_build_array(no, to_char(month, 'YYYY-MM'), kind, closed_through, reason, proposed_by, approved_by,
       ${MICROS('at')}, ${MICROS('recorded_at')}) as closing from ledger_closings order by no`,
  );
  const closings = closed.map(({ closing }) => closing);
  const end = rows[0] as Omit<ChainEnd, 'closings' | 'closingsHash'>;
  return { ...end, closings: closings.at(-1)?.[0] ?? 0, closingsHash: hashOfClosings(closings) };
}

async function append(
  client: Client,
  { no, statement }: { no: number; statement: string },
  keys: readonly SigningKey[],
  end: ChainEnd | null,
): Promise<void> {
  await client.query(
    `insert into signed_heads (no, kind, key_id, day, through, closings, log_through, statement, signatures)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      no,
      end ? 'head' : 'key',
      keys[0]?.id,
      end?.day ?? null,
      end?.through ?? null,
      end?.closings ?? null,
      end?.logThrough ?? null,
      statement,
      JSON.stringify(signaturesOf(statement, keys)),
    ],
  );
}
