/**
 * Whom a visitor of the demo can be: one person for each desk, each with a one-time link into the running demo.
 */
import { reportStep, type Report } from '../services/report.js';
import type { PadoClient } from './client.js';

const PEOPLE = [
  { account: 'mina', name: 'Mina, marketer', roles: ['marketer'], desk: 'Marketer' },
  { account: 'finn', name: 'Finn, finance', roles: ['finance'], desk: 'Finance' },
  { account: 'oh', name: 'Oh, operator', roles: ['operator'], desk: 'Operator' },
];
const REASON = 'the demo';

/** Each is told its own link. */
export async function letPeopleIn(client: PadoClient, report: Report): Promise<void> {
  for (const { desk, ...person } of PEOPLE)
    await reportStep(report, desk, async () => {
      await client.call('admin', 'POST', '/v1/people', { body: { ...person, reason: REASON } });
      const link = { body: { reason: REASON } };
      const { url } = await client.call<{ url: string }>('admin', 'POST', `/v1/people/${person.account}/link`, link);
      return { value: null, detail: `${url} (once, while this runs)` };
    });
}
