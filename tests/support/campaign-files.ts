/**
 * Campaigns of tests/e2e/campaigns as `pado campaign` takes them, launched on a real installation, and what became of their people.
 */
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { readCampaignFile } from '../../src/cli/campaign-file.js';
import { applyDraft } from '../../src/cli/campaign-verbs.js';
import { InstallationClient } from '../../src/cli/installation-client.js';
import { approve, launchDraft } from './campaigns.js';
import { until, type Stack } from './stack.js';

export const FOLDER = join(import.meta.dirname, '../e2e/campaigns');
const HOUR_MS = 3_600_000;

export const contentOf = (key: string) => readCampaignFile(join(FOLDER, `${key}.yaml`)).content;

export function client(stack: Stack): InstallationClient {
  process.env['PADO_API_KEY'] = stack.keys.marketer;
  return InstallationClient.find(stack.api.url);
}

/** As `pado campaign apply`, then approved by another and launched; returns the run's id. */
export async function launchFile(stack: Stack, key: string): Promise<string> {
  const applied = await applyDraft(client(stack), contentOf(key), undefined);
  expect(applied).toMatchObject({ key, valid: true, faults: [] });
  await approve(stack, key);
  return await launchDraft(stack, key, key);
}

/** Until nobody of the run is due within the hour, and none of its messages and payouts is on its way. */
export async function rested(stack: Stack, run: string): Promise<void> {
  await until(`run ${run} rests`, async () => {
    const soon = new Date((await stack.businessNow()) + HOUR_MS);
    const { open } = await stack.one<{ open: boolean }>(
      `select (select state = 'opening' from runs where id = $1)
         or exists (select from participants where run_id = $1 and state = 'active' and due_at < $2)
         or exists (select from outbox where run_id = $1 and state in ('queued', 'submitting', 'ambiguous'))
         or exists (select from payouts where run_id = $1 and state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous')) as open`,
      [run, soon],
    );
    return !open;
  });
}

export async function idsOf(stack: Stack, sql: string, values: unknown[]): Promise<string[]> {
  const { rows } = await stack.pool.query<{ id: string }>(sql, values);
  return rows.map(({ id }) => id).sort();
}
/** By the gateway's own book. */
export async function sentTo(stack: Stack, run: string, channel: 'push' | 'lms'): Promise<string[]> {
  const lines = (await stack.simulator.gateway.readBook()) as unknown as Record<string, unknown>[];
  const meta = lines
    .filter((line) => line['type'] === 'message' && line['channel'] === channel)
    .map((line) => line['meta'] as { run: string; customer: string });
  return meta.flatMap((one) => (one.run === run ? [one.customer] : [])).sort();
}
export const standing = (stack: Stack, run: string, node: string) =>
  idsOf(stack, `select customer_id as id from participants where run_id = $1 and node = $2 and state = 'active'`, [
    run,
    node,
  ]);
/** How it ended, for those for whom it has. */
export async function endings(stack: Stack, run: string): Promise<Record<string, string>> {
  const { rows } = await stack.pool.query<{ id: string; reason: string }>(
    `select customer_id as id, end_reason as reason from participants where run_id = $1 and state = 'ended'`,
    [run],
  );
  return Object.fromEntries(rows.map(({ id, reason }) => [id, reason]));
}
export const paidTo = (stack: Stack, run: string, kind: string) =>
  idsOf(stack, `select customer_id as id from payouts where run_id = $1 and kind = $2 and state = 'paid'`, [run, kind]);

export async function happens(stack: Stack, event: string, properties: Record<string, object>): Promise<void> {
  const batch = Object.entries(properties).map(([userId, own]) => ({
    type: 'track',
    messageId: `${event}/${userId}`,
    userId,
    event,
    properties: own,
  }));
  await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
}
