/**
 * Law 3, tamper evidence: the chains over all transfers and over all lines of the audit log are recomputed from their first links, by code of the audit's
 * own, against the rows as they stand. The order is that of the seals; the bytes are those that docs/architecture.md gives.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { count, ofRun, type Check } from './check.js';

export const CHAIN_TABLE = `
create temporary table audit_chain (chain text, no bigint, item text collate "C", wrong text);`;

const ROWS_AT_ONCE = 5_000;
const ZEROS = '0'.repeat(64);

interface Link {
  no: string;
  /** Id of the transfer, or number of the line. */
  item: string;
  previous: string;
  hash: string;
  /** How many items there are by this id, and how many seals of it. */
  items: string;
  seals: string;
  /** What is hashed, as JSON without white space. */
  content: unknown[] | null;
}

interface Fault {
  no: string;
  item: string | null;
  wrong: string;
}

const MICROS = (column: string) => `trunc(extract(epoch from ${column}) * 1000000)::text`;

const links = (seals: string, sealed: string, table: string, id: string, content: string) => `
select s.no::text as no, s.${sealed}::text as item, encode(s.previous, 'hex') as previous, encode(s.hash, 'hex') as hash,
       (select count(*) from ${table} t where t.${id} = s.${sealed})::text as items,
       (select count(*) from ${seals} d where d.${sealed} = s.${sealed})::text as seals,
       (select jsonb_build_array(${content}) from ${table} t where t.${id} = s.${sealed} limit 1) as content
from ${seals} s where s.no > $1 order by s.no, s.${sealed} limit ${ROWS_AT_ONCE}`;

const ENTRIES = `(select coalesce(jsonb_agg(jsonb_build_array(e.side, e.account, e.amount::text, e.currency) order by e.side, e.account), '[]')
  from ledger_entries e where e.transfer_id = t.id)`;
const CHAINS = {
  transfer: links(
    'ledger_seals',
    'transfer_id',
    'ledger_transfers',
    'id',
    `t.id, t.kind, t.payout_key, ${MICROS('t.at')}, ${MICROS('t.recorded_at')}, ${ENTRIES}`,
  ),
  line: links(
    'audit_log_seals',
    'line',
    'audit_log',
    'no',
    `t.no::text, ${MICROS('t.at')}, t.actor, t.action, t.subject, t.reason, t.before::text, t.after::text, ${MICROS('t.recorded_at')}`,
  ),
};
type Chain = keyof typeof CHAINS;

export async function loadChains(client: pg.ClientBase): Promise<void> {
  for (const chain of Object.keys(CHAINS) as Chain[]) await loadChain(client, chain);
}

/** Walk the chain from its first link and note each link that is not what it should be. */
async function loadChain(client: pg.ClientBase, chain: Chain): Promise<void> {
  let last = { no: 0n, hash: ZEROS };
  for (;;) {
    const { rows } = await client.query<Link>(CHAINS[chain], [last.no.toString()]);
    const faults: Fault[] = [];
    for (const link of rows) {
      faults.push(...judge(chain, link, last));
      last = { no: BigInt(link.no), hash: link.hash };
    }
    if (faults.length > 0) {
      await client.query(
        `insert into audit_chain select $1, no, item, wrong from json_to_recordset($2::json) as x(no bigint, item text, wrong text)`,
        [chain, JSON.stringify(faults)],
      );
    }
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

function judge(chain: Chain, link: Link, last: { no: bigint; hash: string }): Fault[] {
  const { no, item } = link;
  const faults: Fault[] = [];
  const fault = (wrong: string, at: { no: string; item: string | null } = { no, item }) =>
    faults.push({ ...at, wrong });
  const expected = last.no + 1n;
  if (BigInt(no) > expected) fault('a seal is missing', { no: expected.toString(), item: null });
  if (link.previous !== last.hash) fault('a link does not follow from the one before it');
  if (link.seals !== '1') fault(`a ${chain} is sealed more than once`);
  if (!link.content) fault(`a sealed ${chain} is gone`);
  else if (link.items !== '1') fault(`a sealed ${chain} is there more than once`);
  else if (hashOf(link) !== link.hash) fault(`a sealed ${chain} or its seal was changed`);
  return faults;
}

function hashOf({ previous, content }: Link): string {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(JSON.stringify(content), 'utf8')]))
    .digest('hex');
}

/** Transfers that no seal names. */
const UNSEALED = `ledger_transfers t where not exists (select 1 from ledger_seals s where s.transfer_id = t.id)
  and ($1::text is null or split_part(t.payout_key, '/', 2) = $1)`;

export const UNSEALED_COUNT = `select count(*) from ${UNSEALED}`;

const UNSEALED_LINES = `(select * from audit_log a where not exists (select 1 from audit_log_seals s where s.line = a.no)) a`;

/** The sealer is at most 60 s behind; the rest is for the batch that is under way. */
const BEHIND = `interval '90 seconds'`;

export const sealedInTime: Check[] = [
  {
    what: 'no transfer is unsealed for more than 60 s, and 30 s for the batch under way',
    wrong: 'committed, and nobody seals it',
    rows: UNSEALED_COUNT,
    find: `select u.id as transfer, u.recorded_at::text as recorded from audit_clock k
           cross join lateral (select * from ${UNSEALED}) u where u.recorded_at < k.database_now - ${BEHIND}`,
  },
  {
    what: 'no line of the audit log is unsealed for longer',
    wrong: 'committed, and nobody seals it',
    rows: count(UNSEALED_LINES),
    find: `select l.no as line, l.action, l.subject, l.recorded_at::text as recorded from audit_clock k
           cross join lateral (select * from ${UNSEALED_LINES}) l where l.recorded_at < k.database_now - ${BEHIND}`,
  },
];

export const chain: Check[] = [
  {
    what:
      'each seal, from the first on, is SHA-256 over the one before it and its transfer and entries as they stand; ' +
      'none is missing, none is double',
    wrong: 'the chain is broken',
    rows: count('ledger_seals'),
    find: `select no, item as transfer, wrong from audit_chain where chain = 'transfer' order by no`,
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

export const auditLogChain: Check[] = [
  {
    what:
      'each seal of the audit log, from the first on, is SHA-256 over the one before it and its line as it stands; ' +
      'none is missing, none is double',
    wrong: 'the chain of the audit log is broken',
    rows: count('audit_log_seals'),
    find: `select no, item as line, wrong from audit_chain where chain = 'line' order by no`,
  },
];

/** Law 3 has open what is under way and what the next batch will seal. */
export const ledgerOpen = `select (${count(
  'payouts',
  `state not in ('paid', 'settled', 'reversed', 'rejected', 'cancelled') and ${ofRun('run_id')}`,
)}) + (${UNSEALED_COUNT})`;
