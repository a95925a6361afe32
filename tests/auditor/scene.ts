/**
 * Something to corrupt: one real installation that ran two campaigns to their end, its database and books kept as they were. Every damage
 * is done to copies of the books and in a transaction that is taken back, so that damages never meet.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import type { AuditReport } from '../../src/auditor/index.js';
import { LAWS } from '../../src/auditor/laws.js';
import { judgeSnapshot } from '../../src/auditor/snapshot.js';
import { loadBooks, makeTables } from '../../src/auditor/tables.js';
import type { PublishedBox } from '../../src/verifier/draws.js';
import {
  customers,
  defineBasics,
  defineGroup,
  importCustomers,
  launch,
  respond,
  sealed,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { BOX, BOX_ENV, playBox } from '../support/lucky-box.js';
import { Stack, until } from '../support/stack.js';

export const COUNT = 60;
/** Of these, the last ones draw from a lucky box. */
export const LUCKY = 20;
/** By which the scene's worker signs heads of the ledger. */
export const LEDGER_KEY = Buffer.alloc(32, 5).toString('base64');

type Line = Record<string, unknown>;

/** What a damage may lay hands on. */
export interface Hands {
  /** As owner, with triggers and foreign keys off. */
  sql: (text: string, values?: unknown[]) => Promise<pg.QueryResultRow[]>;
  /** The first column of the first row. */
  value: (text: string, values?: unknown[]) => Promise<string>;
  provider: Line[];
  gateway: Line[];
  run: string;
}

interface Played {
  run: string;
  otherRun: string;
  /** The draws as they were taken out, the box as it is closed and as it was open, and the statement of the month. */
  lucky: { csv: string; box: PublishedBox; opened: Record<string, unknown>; statement: string };
}

export class Scene {
  readonly run: string;
  readonly otherRun: string;
  readonly lucky: Played['lucky'];
  private readonly dir = mkdtempSync(join(tmpdir(), 'pado-audit-'));

  private constructor(
    private readonly stack: Stack,
    { run, otherRun, lucky }: Played,
    /** Audits made while the first run was under way. */
    readonly during: AuditReport[],
  ) {
    [this.run, this.otherRun, this.lucky] = [run, otherRun, lucky];
  }

  static async play(): Promise<Scene> {
    const own = { PADO_LEDGER_KEYS: LEDGER_KEY, ...BOX_ENV };
    const env = { worker: own, api: own };
    const stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', env });
    try {
      const during: AuditReport[] = [];
      const { run, otherRun, lucky } = await play(stack, during);
      await Promise.all([stack.api, ...stack.workers].map((child) => child.kill('SIGTERM')));
      return new Scene(stack, { run, otherRun, lucky }, during);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** As anybody audits. */
  audit(runId?: string): Promise<AuditReport> {
    return this.stack.audit(runId === undefined ? {} : { runId });
  }

  /** Audit what `damage` leaves, of all laws or `only` some, within its transaction, and take all of it back; returns what the damage returned, too. */
  async auditDamaged<T>(
    damage: (hands: Hands) => Promise<T>,
    { runId, only }: { runId?: string; only?: readonly number[] } = {},
  ): Promise<{ report: AuditReport; damaged: T }> {
    const [provider, gateway] = [this.stack.simulator.provider, this.stack.simulator.gateway].map(({ bookFile }) =>
      bookOf(bookFile),
    );
    if (!provider || !gateway) throw new Error('no books');
    const client = new pg.Client({ connectionString: this.stack.ownerUrl });
    await client.connect();
    try {
      await client.query('begin isolation level repeatable read');
      await client.query('set local session_replication_role = replica');
      const sql = async (text: string, values: unknown[] = []) =>
        (await client.query(text, values)).rows as pg.QueryResultRow[];
      const value = async (text: string, values: unknown[] = []) =>
        String(Object.values((await sql(text, values))[0] ?? {})[0]);
      const damaged = await damage({ sql, value, provider: provider.lines, gateway: gateway.lines, run: this.run });
      const books = {
        providerBooks: [this.write(provider.file, provider.lines)],
        gatewayBooks: [this.write(gateway.file, gateway.lines)],
      };
      await makeTables(client);
      await loadBooks(client, books, 1, runId ?? null);
      const judged = LAWS.filter(({ law }) => only?.includes(law) ?? true);
      const laws = await judgeSnapshot(client, { ...books, runId }, judged);
      return { report: { clean: laws.every(({ found }) => found === 0), laws }, damaged };
    } finally {
      await client.end(); // and with it the transaction
    }
  }

  /** Of API and workers. */
  logs(): string[] {
    return [this.stack.api, ...this.stack.workers].map(({ log }) => log);
  }

  async end(): Promise<void> {
    await this.stack.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private write(file: string, lines: Line[]): string {
    const path = join(this.dir, basename(file));
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return path;
  }
}

function bookOf(file: string): { file: string; lines: Line[] } {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return { file, lines: lines.map((text) => JSON.parse(text) as Line) };
}

/**
 * Six customers get nothing (no name, no address, incident, refused, withdrawn, excluded by a list); six buy in the first wave, one of them reported an
 * incident since, so that the payout is held; two buy in the second, whose payouts the provider rejects. Twenty draw from a lucky box, which is closed. The second campaign meets the cap, and falls back from SMS, to which nobody has consented, to push.
 */
async function play(stack: Stack, during: AuditReport[]): Promise<Played> {
  await defineBasics(stack);
  const policy = { scope: { kind: 'all' }, window: { kind: 'rolling', span: 'P7D' }, cap: 3 };
  await stack.ok('PUT', '/v1/contact-policies/weekly', policy, { as: 'operator' });
  const monthly = {
    scope: { kind: 'kind', value: 'cashback' },
    window: { kind: 'calendar', unit: 'month' },
    limit: { kind: 'amount', max: { value: '50000', currency: 'KRW' } },
  };
  await stack.ok('PUT', '/v1/reward-caps/monthly', monthly, { as: 'finance' });
  await importCustomers(
    stack,
    customers(COUNT, (n) => {
      if (n === 1) return { attributes: { grade: 'gold' } };
      if (n === 2) return { addresses: {} };
      if (n === 3) return { status: 'withdrawn' };
      if (n === 4) return { status: 'incident' };
      if (n === 5) return { consents: { 'push:advertising': false } };
      return n > COUNT - LUCKY ? { attributes: { name: `손님${n}`, group: 'lucky' } } : {};
    }),
  );
  await stack.ok('PUT', '/v1/exclusion-lists/blocked', { name: 'blocked' }, { as: 'operator' });
  const entries = { entries: [{ customer: 'c00006' }] };
  await stack.ok('POST', '/v1/exclusion-lists/blocked/entries', entries, { as: 'operator' });
  const run = await launch(stack, twoWaves({ span: 'PT40S' }));
  during.push(await stack.audit());
  const messages = async (wave: number) =>
    Number(
      (
        await stack.one<{ n: string }>(
          `select count(*) as n from outbox where run_id = $1 and wave = $2 and state = 'accepted'`,
          [run, wave],
        )
      ).n,
    );
  await until('the first wave is out', async () => (await messages(1)) === COUNT - 6);
  await stack.ok('PUT', '/v1/customers/c00015/status', { status: 'incident', reason: 'reported' });
  await respond(stack, ['c00010', 'c00011', 'c00012', 'c00013', 'c00014', 'c00015']);
  during.push(await stack.audit());
  await until('the second wave is out', async () => {
    during.push(await stack.audit());
    return (await messages(2)) >= COUNT - 6 - 6;
  });
  // at once: on a busy machine the window is over soon
  stack.simulator.provider.setFaults({ reject422: 1 });
  await respond(stack, ['c00020', 'c00021'], 'purchase', 'second');
  await until('both are rejected', async () => {
    const { n } = await stack.one<{ n: string }>(`select count(*) as n from payouts where state = 'rejected'`);
    return Number(n) === 2;
  });
  stack.simulator.provider.setFaults({ reject422: 0 });
  await defineGroup(stack, 'lucky');
  const { opened } = await playBox(stack, 'lucky');
  await settled(stack, run);
  await stack.ok('PUT', '/v1/templates/hello-sms', { channel: 'sms', body: '{{ customer.name }}님' });
  const otherRun = await launch(stack, twoWaves({ key: 'other-waves', span: 'PT3S', smsFirst: true }));
  await settled(stack, otherRun);
  await changeBudgets(stack);
  // as soon as a signed head has introduced the key
  await until('an export leaves', async () => {
    const { status } = await stack.request('GET', '/v1/exports/payouts.csv', undefined, { as: 'finance' });
    return status === 200;
  });
  await sealed(stack);
  const box = await stack.ok('GET', `/v1/lucky-boxes/${BOX}`);
  const csv = await stack.ok('GET', `/v1/exports/lucky-box-draws.csv?box=${BOX}`, undefined, { as: 'finance' });
  const statement = await stack.ok('GET', '/v1/ledger/statements/2026-03', undefined, { as: 'finance' });
  return { run, otherRun, lucky: { csv, box, opened, statement } };
}

/** The budget of both campaigns is raised, and another one is funded, cut, and closed with what is left over. */
async function changeBudgets(stack: Stack): Promise<void> {
  const amount = (value: string) => ({ amount: { value, currency: 'KRW' } });
  const decide = async (budget: string, change: object) => {
    const path = `/v1/budgets/${budget}/changes`;
    const { no } = await stack.ok('POST', path, { ...change, reason: 'agreed' }, { as: 'finance' });
    await stack.ok('POST', `${path}/${no}/approve`);
  };
  await decide('main', { kind: 'raise', ...amount('700') });
  await stack.ok('PUT', '/v1/budgets/past', { name: 'past', currency: 'KRW' }, { as: 'finance' });
  await stack.ok('POST', '/v1/budgets/past/fundings', { ...amount('900'), reference: 'r-1' }, { as: 'finance' });
  await decide('past', { kind: 'cut', ...amount('200') });
  await decide('past', { kind: 'close' });
}
