/**
 * What would be decided at once for people who are put back: the walk of the cohort itself over their facts of now, its effects unused. Claims and
 * budgets are not asked, and what a lucky box would give nobody may see before: what would be paid is the most that it could be.
 */
import { scopesOfChoices } from '../domain/journey/choices.js';
import { prepareRenderer } from '../domain/offer/render.js';
import type { PlannedItem } from '../domain/retry/effect.js';
import { walk } from '../domain/wave/walk.js';
import { closedAmong } from './advisory.js';
import { factsAfterLocks, pickSetApart } from './cohort-facts.js';
import type { LaunchedStore } from './launched.store.js';
import { policiesInForce } from './policies-in-force.js';
import { inTransaction, type Pool } from './pool.js';

export type Launched = Pick<LaunchedStore, 'of' | 'journeyOf'>;

/** So many are read at a time. */
const AT_ONCE = 1_000;

/** The same items, with what each that is put back would send and be paid. */
export async function previewed(
  pool: Pool,
  launched: Launched,
  items: readonly PlannedItem[],
  now: number,
): Promise<PlannedItem[]> {
  const wanted = items.filter(({ effect }) => effect === 'put_back');
  const found = new Map<string, Pick<PlannedItem, 'sends' | 'pays'>>();
  for (const [runId, people] of Map.groupBy(wanted, (item) => item.runId ?? '')) {
    for (let from = 0; from < people.length; from += AT_ONCE) {
      const ids = people.slice(from, from + AT_ONCE).map(({ subject }) => subject);
      for (const [id, own] of await walked(pool, launched, { runId, now }, ids)) found.set(`${runId}/${id}`, own);
    }
  }
  return items.map((item) => ({ ...item, ...found.get(`${item.runId}/${item.subject}`) }));
}

async function walked(
  pool: Pool,
  launched: Launched,
  at: { runId: string; now: number },
  ids: readonly string[],
): Promise<Map<string, Pick<PlannedItem, 'sends' | 'pays'>>> {
  const { journey, launched: definition } = await launched.of(at.runId);
  const render = prepareRenderer(definition, journey);
  const journeyOf = (runId: string) => launched.journeyOf(runId);
  const { participants, policies, closed } = await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const picked = await pickSetApart(client, at, ids, journey);
    const policies = await policiesInForce(client);
    const closed = await closedAmong(client, scopesOfChoices(journey));
    const { participants } = await factsAfterLocks(client, at, picked, ids, journey, policies, journeyOf);
    return { participants, policies, closed };
  });
  const context = { journey, policies, closed, now: at.now, stopped: false, render };
  return new Map(
    participants.map(({ facts }) => {
      const { messages, rewards } = walk(facts, context);
      return [facts.customerId, { sends: messages.length, pays: rewards.map(({ money }) => money) }];
    }),
  );
}
