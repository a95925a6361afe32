/**
 * Messages that wait with us after their hand-over, in an inbox or on a list, judged again by its gate on the facts of this moment: what forbids a
 * message to be sent forbids it to be shown or carried out. Quiet hours aside: nobody is disturbed by what they look at, and staff keep their hours.
 */
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import { judgeHandOver } from '../domain/eligibility/hand-over.js';
import type { Channel, Purpose } from '../domain/journey/definition.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import { closedAmong } from './advisory.js';
import { exclusionsOf } from './exclusions.js';
import type { Pool } from './pool.js';

export interface WaitingRow {
  id: string;
  channel: Channel;
  purpose: Purpose;
  campaign: string;
  run: string;
  customer: string;
  not_after: Date;
  withhold: string | null;
  status: CustomerStatus;
  gate_version: number;
  zone: string;
  consents: Record<string, Consent>;
  addresses: Record<string, string>;
}

/** Columns of a waiting row, of outbox `o`, run `r` and customer `c`. */
export const WAITING_COLUMNS = `o.id, o.channel, o.purpose, r.campaign, o.run_id as run, o.customer_id as customer, o.not_after, o.withhold,
  c.status, c.gate_version, c.zone, c.consents, c.addresses`;

/** Those of the rows that pass, in their order, each with the address of its channel (empty where there needs to be none). */
export async function stillAllowed<Row extends WaitingRow>(
  pool: Pool,
  rows: readonly Row[],
  at: { gateway: string; now: number },
  journeyOf: (runId: string) => Promise<PreparedJourney>,
): Promise<{ row: Row; to: string }[]> {
  if (rows.length === 0) return [];
  const own = ['all', `gateway/${at.gateway}`];
  const scopesOf = ({ campaign, channel, run }: Row) => [`campaign/${campaign}`, `channel/${channel}`, `run/${run}`];
  const closed = await closedAmong(pool, [...new Set([...own, ...rows.flatMap(scopesOf)])]);
  const customers = [...new Set(rows.map(({ customer }) => customer))];
  const exclusions = await exclusionsOf(pool, customers, at.now);
  const journeys = new Map<string, PreparedJourney>();
  for (const { run } of rows) if (!journeys.has(run)) journeys.set(run, await journeyOf(run));
  return rows.flatMap((row) => {
    const { review = null } = journeys.get(row.run) ?? {};
    const stopped = [...own, ...scopesOf(row)].some((scope) => closed.has(scope));
    const message = { ...row, quiet: null, review, notAfter: row.not_after.getTime(), stopped };
    const facts = { ...row, gateVersion: row.gate_version, excludedBy: exclusions.of(row.customer) };
    const verdict = judgeHandOver(message, facts, at.now);
    return verdict.go ? [{ row, to: verdict.to }] : [];
  });
}
