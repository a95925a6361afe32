/**
 * Law 3, tamper evidence: the chain over all transfers is recomputed from its first link, by code of the audit's own, against the transfers
 * and entries as they stand. The order is that of the seals; the bytes are those that docs/architecture.md gives.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { count, ofRun, type Check } from './check.js';

export const CHAIN_TABLE = `
create temporary table audit_chain (no bigint, transfer text collate "C", wrong text);`;

const ROWS_AT_ONCE = 5_000;
const ZEROS = '0'.repeat(64);

interface Link {
  no: string;
  transfer: string;
  previous: string;
  hash: string;
  /** How many transfers there are by this id, and how many seals of it. */
  transfers: string;
  seals: string;
  body: [kind: string, payout: string | null, at: string, recorded: string] | null;
  entries: [string, string, string, string][];
}

interface Fault {
  no: string;
  transfer: string | null;
  wrong: string;
}

const MICROS = (column: string) => `trunc(extract(epoch from ${column}) * 1000000)::text`;

const LINKS = `
select s.no::text as no, s.transfer_id as transfer, encode(s.previous, 'hex') as previous, encode(s.hash, 'hex') as hash,
       (select count(*) from ledger_transfers t where t.id = s.transfer_id)::text as transfers,
       (select count(*) from ledger_seals d where d.transfer_id = s.transfer_id)::text as seals,
       (select jsonb_build_array(t.kind, t.payout_key, ${MICROS('t.at')}, ${MICROS('t.recorded_at')})
        from ledger_transfers t where t.id = s.transfer_id limit 1) as body,
       (select coalesce(jsonb_agg(jsonb_build_array(e.side, e.account, e.amount::text, e.currency) order by e.side, e.account), '[]')
        from ledger_entries e where e.transfer_id = s.transfer_id) as entries
from ledger_seals s where s.no > $1 order by s.no, s.transfer_id limit ${ROWS_AT_ONCE}`;

/** Walk the chain from its first link and note each link that is not what it should be. */
export async function loadChain(client: pg.ClientBase): Promise<void> {
  let last = { no: 0n, hash: ZEROS };
  for (;;) {
    const { rows } = await client.query<Link>(LINKS, [last.no.toString()]);
    const faults: Fault[] = [];
    for (const link of rows) {
      faults.push(...judge(link, last));
      last = { no: BigInt(link.no), hash: link.hash };
    }
    if (faults.length > 0) {
      await client.query(
        `insert into audit_chain select no, transfer, wrong from json_to_recordset($1::json) as x(no bigint, transfer text, wrong text)`,
        [JSON.stringify(faults)],
      );
    }
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

function judge(link: Link, last: { no: bigint; hash: string }): Fault[] {
  const { no, transfer } = link;
  const faults: Fault[] = [];
  const fault = (wrong: string, at: { no: string; transfer: string | null } = { no, transfer }) =>
    faults.push({ ...at, wrong });
  const expected = last.no + 1n;
  if (BigInt(no) > expected) fault('a seal is missing', { no: expected.toString(), transfer: null });
  if (link.previous !== last.hash) fault('a link does not follow from the one before it');
  if (link.seals !== '1') fault('a transfer is sealed more than once');
  if (!link.body) fault('a sealed transfer is gone');
  else if (link.transfers !== '1') fault('a sealed transfer is there more than once');
  else if (hashOf(link) !== link.hash) fault('a sealed transfer or its seal was changed');
  return faults;
}

function hashOf({ previous, transfer, body, entries }: Link): string {
  const [kind, payout, at, recorded] = body ?? [];
  const text = JSON.stringify([transfer, kind, payout, at, recorded, entries]);
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(text, 'utf8')]))
    .digest('hex');
}

/** Transfers that no seal names. */
const UNSEALED = `ledger_transfers t where not exists (select 1 from ledger_seals s where s.transfer_id = t.id)
  and ($1::text is null or split_part(t.payout_key, '/', 2) = $1)`;

export const UNSEALED_COUNT = `select count(*) from ${UNSEALED}`;

/** The sealer is at most 60 s behind; the rest is for the batch that is under way. */
const BEHIND = `interval '90 seconds'`;

export const sealedInTime: Check = {
  what: 'no transfer is unsealed for more than 60 s, and 30 s for the batch under way',
  wrong: 'committed, and nobody seals it',
  rows: UNSEALED_COUNT,
  find: `select u.id as transfer, u.recorded_at::text as recorded from audit_clock k
         cross join lateral (select * from ${UNSEALED}) u where u.recorded_at < k.database_now - ${BEHIND}`,
};

export const chain: Check[] = [
  {
    what:
      'each seal, from the first on, is SHA-256 over the one before it and its transfer and entries as they stand; ' +
      'none is missing, none is double',
    wrong: 'the chain is broken',
    rows: count('ledger_seals'),
    find: 'select no, transfer, wrong from audit_chain order by no',
  },
  {
    what: 'each head is the hash of the last of its seals, each batch begins where the one before it ended, the last ends the chain',
    wrong: 'a head that its seals do not give',
    rows: count('ledger_heads'),
    find: `select h.no, h.seals, h.before
           from (select no, seals, hash, coalesce(lag(no) over (order by no), 0) as before from ledger_heads) h
           left join ledger_seals s on s.no = h.no
           where s.hash is distinct from h.hash or h.no - h.seals <> h.before
           union all
           select s.no, null, h.no from (select max(no) as no from ledger_seals) s cross join (select max(no) as no from ledger_heads) h
           where s.no is distinct from h.no`,
  },
];

/** Law 3 has open what is under way and what the next batch will seal. */
export const ledgerOpen = `select (${count(
  'payouts',
  `state not in ('paid', 'settled', 'reversed', 'rejected', 'cancelled') and ${ofRun('run_id')}`,
)}) + (${UNSEALED_COUNT})`;
