/**
 * Whom a visitor of the demo can be, each with a one-time link into the running demo: one person for each desk, or, of a demonstration, one who sees all
 * desks and a second one, since nobody approves their own work.
 */
import { reportStep, type Report } from '../services/report.js';
import type { PadoClient } from './client.js';

interface Visitor {
  account: string;
  name: string;
  roles: string[];
}

const DESKS: (Visitor & { desk: string })[] = [
  { account: 'mina', name: 'Mina, marketer', roles: ['marketer'], desk: 'Marketer' },
  { account: 'finn', name: 'Finn, finance', roles: ['finance'], desk: 'Finance' },
  { account: 'oh', name: 'Oh, operator', roles: ['operator'], desk: 'Operator' },
];
export const FIRST: Visitor = { account: 'first', name: 'First person', roles: ['admin'] };
export const SECOND: Visitor = { account: 'second', name: 'Second person', roles: ['approver', 'finance'] };
const REASON = 'the demo';

/** The person's one-time link. */
export async function letIn(client: PadoClient, person: Visitor): Promise<string> {
  await client.call('admin', 'POST', '/v1/people', { body: { ...person, reason: REASON } });
  const link = { body: { reason: REASON } };
  const { url } = await client.call<{ url: string }>('admin', 'POST', `/v1/people/${person.account}/link`, link);
  return url;
}

/** Each is told its own link. */
export async function letPeopleIn(client: PadoClient, report: Report): Promise<void> {
  for (const { desk, ...person } of DESKS)
    await reportStep(report, desk, async () => {
      return { value: null, detail: `${await letIn(client, person)} (once, while this runs)` };
    });
}
