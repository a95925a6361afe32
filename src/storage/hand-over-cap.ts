/**
 * The contact policy at the hand-over (laws 5 and 6). A decision's count holds for its hand-over as long as policies and gate facts are
 * those it saw; where they are not, the claim counts what has gone out in the hand-over's own window, under the customers' stripes.
 */
import { stripeOf } from '../domain/base/hash.js';
import { judgeCapAtHandOver, labelOf, type ContactKind, type ContactPolicy } from '../domain/contact-policy/policy.js';
import { lockStripes } from './advisory.js';
import { contactsHandedOver } from './contacts-seen.js';
import { policiesInForce } from './policies-in-force.js';
import type { Client } from './pool.js';

export interface CapCandidate {
  id: string;
  customer_id: string;
  bucket: number;
  zone: string;
  /** Its decision's count does not hold any more. */
  outdated: boolean;
}

/** Of a message `o`, its customer `c` and its decision's context `x`: gate version or policies are not those that its decision saw. `labels`: of `labelsOf`. */
export const isOutdated = (labels: string): string =>
  `(o.decided_gate_version is distinct from c.gate_version or x.versions->'policies' is distinct from ${labels}::jsonb)`;

/** As a decision's context has them. */
export const labelsOf = (policies: readonly ContactPolicy[]): string => JSON.stringify(policies.map(labelOf));

/** Before the rows are locked: take the stripes of those that have to be judged again; returns the stripes held. */
export async function lockOutdated(client: Client, ids: readonly string[]): Promise<Set<number>> {
  const policies = await policiesInForce(client);
  if (policies.length === 0) return new Set();
  const { rows } = await client.query<{ bucket: number }>(
    `select distinct c.bucket
     from outbox o join customers c on c.id = o.customer_id left join decision_contexts x on x.id = o.context_id
     where o.id = any($1::text[]) and ${isOutdated('$2')}`,
    [ids, labelsOf(policies)],
  );
  const stripes = [...new Set(rows.map(({ bucket }) => stripeOf(bucket)))];
  await lockStripes(client, stripes);
  return new Set(stripes);
}

export type CapVerdict = { kind: 'go' } | { kind: 'leave' } | { kind: 'capped'; codes: string[] };

export interface ToJudge {
  row: CapCandidate;
  contact: ContactKind;
}

/**
 * After the rows are locked: the verdict on each message that would go. `leave`: it turned out to need a stripe that is not held, so it stays
 * where it is for the next claim. `mayBeOut`: those of the batch may have gone out before (ambiguous), so each counts for the others.
 */
export async function judgeCaps(
  client: Client,
  batch: readonly ToJudge[],
  policies: readonly ContactPolicy[],
  held: ReadonlySet<number>,
  at: { now: number; mayBeOut: boolean },
): Promise<Map<string, CapVerdict>> {
  const verdicts = new Map<string, CapVerdict>(batch.map(({ row }) => [row.id, { kind: 'go' }]));
  if (policies.length === 0) return verdicts;
  const outdated = batch.filter(({ row }) => row.outdated);
  const judged = outdated.filter(({ row }) => held.has(stripeOf(row.bucket)));
  for (const { row } of outdated) if (!held.has(stripeOf(row.bucket))) verdicts.set(row.id, { kind: 'leave' });
  if (judged.length === 0) return verdicts;

  const people = [
    ...new Map(judged.map(({ row }) => [row.customer_id, { id: row.customer_id, zone: row.zone }])).values(),
  ];
  const seen = await contactsHandedOver(
    client,
    people,
    policies,
    at.now,
    batch.map(({ row }) => row.id),
  );
  const again = new Set(judged.map(({ row }) => row.id));
  for (const [customer, own] of Map.groupBy(batch, ({ row }) => row.customer_id)) {
    // Those that need no judging go whatever the others do, so they count first.
    const going = own.filter(({ row }) => !again.has(row.id) && verdicts.get(row.id)?.kind === 'go');
    for (const one of own.filter(({ row }) => again.has(row.id))) {
      const others = (at.mayBeOut ? own.filter((other) => other !== one) : going).map(({ contact }) => contact);
      const verdict = judgeCapAtHandOver(policies, one.contact, seen.get(customer) ?? [], others);
      if (verdict.go) going.push(one);
      else verdicts.set(one.row.id, { kind: 'capped', codes: verdict.codes });
    }
  }
  return verdicts;
}
