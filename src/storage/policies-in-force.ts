/**
 * The contact policies that a decision or a hand-over is judged by: the newest version of every key, where it is active.
 */
import { labelOf, type ContactPolicy } from '../domain/contact-policy/policy.js';
import type { Exclusions } from './exclusions.js';
import type { Client } from './pool.js';

export async function policiesInForce(client: Pick<Client, 'query'>): Promise<ContactPolicy[]> {
  const { rows } = await client.query<ContactPolicy & { active: boolean }>(
    `select distinct on (key) key, version, scope, "window", cap, exempt_information as "exemptInformation",
       look_ahead_ms as "lookAheadMs", active
     from contact_policies order by key, version desc`,
  );
  return rows.filter((row) => row.active).map(({ active: _, ...policy }) => policy);
}

/** What a decision's context names: the policies and, where there are any, the exclusion lists in force. */
export function versionsOf(policies: readonly ContactPolicy[], exclusions: Exclusions): Record<string, unknown> {
  return { policies: policies.map(labelOf), ...exclusions.versions };
}
