/**
 * What would be decided at once for people who are put back: the walk of the cohort itself over their facts of now, its effects unused. Claims and
 * budgets are not asked, and what a lucky box would give nobody may see before: what would be paid is the most that it could be.
 */
import { scopesOfChoices } from '../domain/journey/choices.js';
import { prepareRenderer } from '../domain/offer/render.js';
import type { PlannedItem } from '../domain/retry/effect.js';
import { walk } from '../domain/wave/walk.js';
import { closedAmong } from './advisory.js';
import { factsAfterLocks, pickSetApart, standings } from './cohort-facts.js';
import type { LaunchedStore } from './launched.store.js';
import { policiesInForce } from './policies-in-force.js';
import { inTransaction, type Client, type Pool } from './pool.js';

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
  const boxes = Object.values(journey.nodes).flatMap((node) => (node?.type === 'reward' && node.box ? [node.box] : []));
  const { participants, policies, closed, prizes } = await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const picked = await pickSetApart(client, at, ids, journey);
    const policies = await policiesInForce(client);
    const closed = await closedAmong(client, scopesOfChoices(journey));
    const stand = await standings(client, at.runId, ids);
    const { participants } = await factsAfterLocks(client, at, picked, stand, journey, policies, journeyOf);
    return { participants, policies, closed, prizes: await largestPrizes(client, boxes) };
  });
  const context = { journey, policies, closed, now: at.now, stopped: false, render };
  return new Map(
    participants.map(({ facts }) => {
      const { messages, rewards } = walk(facts, context);
      const pays = rewards.map(({ node: at, money }) => {
        const node = journey.nodes[at];
        const box = node?.type === 'reward' ? node.box : null;
        return { currency: money.currency, minor: box ? (prizes.get(box) ?? 0) : money.minor };
      });
      return [facts.customerId, { sends: messages.length, pays }];
    }),
  );
}

/** By lucky box, minor units: what a draw is may not be known before. */
async function largestPrizes(client: Client, boxes: readonly string[]): Promise<Map<string, number>> {
  if (boxes.length === 0) return new Map();
  const { rows } = await client.query<{ box: string; most: number }>(
    'select box, max(amount)::bigint as most from lucky_prizes where box = any($1::text[]) group by 1',
    [boxes],
  );
  return new Map(rows.map(({ box, most }) => [box, most]));
}
