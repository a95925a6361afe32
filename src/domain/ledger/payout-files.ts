/**
 * The files of a partner without an API (docs/payout-files.md): payouts out, results in. A file is numbered, ends with what it holds, and is
 * read as a whole or not at all.
 */
import { createHash } from 'node:crypto';
import { instantOf } from '../base/instant.js';
import type { EpochMs } from '../base/time.js';
import type { ProviderTerms } from './payout-replies.js';

const PAYOUTS_HEADER = 'key,kind,customer,amount,currency,campaign,run';
const RESULTS_HEADER = 'key,status,reference,amount,currency,kind,customer,paid_at,reason';
const END = '#end';
const ID = /^[A-Za-z0-9_.:/-]{1,128}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/;
const REASON = /^[A-Za-z0-9_.:/ -]{0,200}$/;

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const numbered = (no: number): string => String(no).padStart(6, '0');

const CENTURY_MS = 100 * 365 * 86_400_000;

/** A key has one row for ever, so a repeat is safe and tells; the partner itself cannot be asked. Orders that come together are entered together. */
export const FILE_TERMS: ProviderTerms & { timeoutMs: number; callsAtOnce: number } = {
  idempotent: true,
  idempotencyMs: CENTURY_MS,
  lookup: false,
  visibilityMs: 0,
  ownBook: true,
  timeoutMs: 5_000,
  callsAtOnce: 300,
};

/** One payout as a row that waits for its file; amounts in minor units. */
export interface FileRow {
  key: string;
  currency: string;
  amount: number;
  line: string;
}

interface Request {
  key: string;
  kind: string;
  customer: { id: string };
  amount: { value: string; currency: string };
  campaign: string;
  run: string;
}

/** Of the frozen request's JSON. Errors: a value that no row can bear, which no id of ours is. */
export function rowOf(body: string): FileRow {
  const { key, kind, customer, amount, campaign, run } = JSON.parse(body) as Request;
  const fields = [key, kind, customer.id, amount.value, amount.currency, campaign, run];
  if (!fields.every((field) => ID.test(field))) throw new Error('invariant: a payout that no row of a file can bear');
  return { key, currency: amount.currency, amount: Number(amount.value), line: fields.join(',') };
}

export interface PayoutFile {
  bytes: string;
  sha256: string;
  total: number;
}

/** Rows of one currency, in their order. */
export function payoutFile(no: number, currency: string, rows: readonly Omit<FileRow, 'key'>[]): PayoutFile {
  const total = rows.reduce((sum, { amount }) => sum + amount, 0);
  const above = [PAYOUTS_HEADER, ...rows.map(({ line }) => line), ''].join('\n');
  const bytes = `${above}${[END, no, rows.length, total, currency, sha256(above)].join(',')}\n`;
  return { bytes, sha256: sha256(bytes), total };
}

export const payoutFileName = (provider: string, no: number): string => `${provider}-payouts-${numbered(no)}.csv`;

/** The number in a file's name; null: no name of such a file of this provider. */
const numberIn = (provider: string, kind: 'payouts' | 'results', name: string): number | null =>
  Number(new RegExp(`^${provider}-${kind}-(\\d{6})\\.csv$`).exec(name)?.[1] ?? 0) || null;

export const resultNumber = (provider: string, name: string): number | null => numberIn(provider, 'results', name);

/** The highest number of a provider's payout files among these names; 0: there is none. */
export const highestNumber = (provider: string, names: readonly string[]): number =>
  names.reduce((highest, name) => Math.max(highest, numberIn(provider, 'payouts', name) ?? 0), 0);

export interface ResultRow {
  key: string;
  status: 'paid' | 'rejected';
  reference: string;
  amount: string;
  currency: string;
  /** Epoch ms by the partner's clock. */
  paidAt: EpochMs | null;
  reason: string | null;
}

export type ResultFile =
  | { kind: 'read'; sha256: string; rows: ResultRow[] }
  /** `why`: what is wrong and in which line, without its content. */
  | { kind: 'faulty'; sha256: string; why: string };

/** Judged as a whole. `no`: what its name says. */
export function readResults(bytes: Buffer, no: number): ResultFile {
  const text = bytes.toString('utf8');
  const faulty = (why: string): ResultFile => ({ kind: 'faulty', sha256: sha256(bytes), why });
  const above = text.slice(0, text.lastIndexOf(`\n${END},`) + 1);
  const [header, ...lines] = above.split('\n').slice(0, -1);
  if (header !== RESULTS_HEADER) return faulty('header');
  const end = [END, no, lines.length, sha256(above)].join(',');
  if (text.slice(above.length) !== `${end}\n`) return faulty('trailer');
  const rows: ResultRow[] = [];
  const keys = new Set<string>();
  for (const [n, line] of lines.entries()) {
    const row = resultRow(line);
    if (typeof row === 'string') return faulty(`line ${n + 2}: ${row}`);
    if (keys.has(row.key)) return faulty(`line ${n + 2}: key again`);
    keys.add(row.key);
    rows.push(row);
  }
  return { kind: 'read', sha256: sha256(bytes), rows };
}

/** The row, or which of its fields is wrong. */
function resultRow(line: string): ResultRow | string {
  const fields = line.split(',');
  if (fields.length !== 9) return 'fields';
  const [
    key = '',
    status,
    reference = '',
    amount = '',
    currency = '',
    kind = '',
    customer = '',
    paidAt = '',
    reason = '',
  ] = fields;
  if (!ID.test(key)) return 'key';
  if (status !== 'paid' && status !== 'rejected') return 'status';
  if (!ID.test(reference)) return 'reference';
  if (!/^[1-9]\d{0,17}$/.test(amount)) return 'amount';
  if (!/^[A-Z]{3}$/.test(currency)) return 'currency';
  if (!ID.test(kind)) return 'kind';
  if (!ID.test(customer)) return 'customer';
  const at = TIME.test(paidAt) ? instantOf(paidAt) : null;
  if (status === 'paid' ? at === null : paidAt !== '') return 'paid_at';
  if (!REASON.test(reason)) return 'reason';
  return { key, status, reference, amount, currency, paidAt: at, reason: reason || null };
}
