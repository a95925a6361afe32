/**
 * Three campaigns in a chain that leads back to itself (welcome → offer → thanks → offer), played to their end, and a stranger who leads some of the same
 * customers into the middle of it first.
 */
import {
  approve,
  customers,
  defineBasics,
  defineGroup,
  importCustomers,
  launch,
  respond,
  settled,
} from './campaigns.js';
import { until, type Stack } from './stack.js';

export const COUNT = 60;
const SPAN = 'PT20S';
const idsOf = (from: number, to: number) =>
  customers(to)
    .slice(from - 1)
    .map(({ id }) => id);
export const [FEW, FIRST, SECOND, THIRD] = [idsOf(1, 6), idsOf(1, 40), idsOf(10, 30), idsOf(15, 20)];
export const GOAL = [...idsOf(3, 9), ...idsOf(45, 60)];

const definition = (key: string, over: object) => ({
  key,
  name: key,
  purpose: 'advertising',
  segment: 'everyone',
  quietHours: { from: '00:00', to: '00:00' },
  ...over,
});
const send = (template: string, next: string) => ({
  type: 'send',
  template,
  channel: 'push',
  gateway: 'sim-gate',
  next,
});
const wait = (next: string) => ({ type: 'wait', span: SPAN, response: { event: 'purchase' }, next });
const reward = (value: string, next: string) => ({
  type: 'reward',
  kind: 'cashback',
  amount: { value, currency: 'KRW' },
  budget: 'main',
  provider: 'sim-pay',
  next,
});
const link = (campaign: string) => ({ type: 'link', campaign });
/** A send, a wait, and who responded goes by `yes`. */
const wave = (template: string, yes: string) => ({
  send: send(template, 'wait'),
  wait: wait('asked'),
  asked: { type: 'branch', on: { responded: 'wait' }, yes, no: 'done' },
  done: { type: 'exit' },
});
const split = { type: 'split', holdout: 25, arms: [{ name: 'a', weight: 75, next: 'send' }] };
export const WELCOME = definition('welcome', {
  goal: { event: 'signed_up', window: 'PT1H' },
  journey: {
    start: 'split',
    nodes: { split, ...wave('hello', 'gift'), gift: reward('5000', 'on'), on: link('offer') },
  },
});
const OFFER = definition('offer', {
  start: { type: 'link' },
  journey: { start: 'send', nodes: { ...wave('again', 'prize'), prize: reward('700', 'back'), back: link('thanks') } },
});
const THANKS = definition('thanks', {
  start: { type: 'link', entry: { policy: 'once_per_key', key: 'run' } },
  journey: { start: 'send', nodes: { ...wave('hello', 'round'), round: link('offer') } },
});
const STRANGER = definition('stranger', {
  segment: 'few',
  journey: { start: 'send', nodes: { send: send('hello', 'on'), on: link('offer') } },
});
/** Whoever of these customers is in the campaign has answered and gone on; and all that it has to send meanwhile is out, if it sends at all. */
const gone = (stack: Stack, campaign: string, ids: readonly string[]) =>
  until(`they have gone on from ${campaign}`, async () => {
    const { n } = await stack.one<{ n: number }>(
      `select ((select count(*) from participants p join runs r on r.id = p.run_id
                where r.campaign = $1 and p.state = 'active' and p.customer_id = any($2::text[]))
         + (select count(*) from links where outcome is null))::int as n`,
      [campaign, ids],
    );
    return n === 0;
  });
const out = (stack: Stack, campaign: string) =>
  until(`all messages of ${campaign} are out`, async () => {
    const { open, sent } = await stack.one<{ open: number; sent: number }>(
      `select ((select count(*) from participants p join runs r on r.id = p.run_id
                where r.campaign = $1 and p.state = 'active' and p.node <> 'wait')
         + (select count(*) from outbox o join runs r on r.id = o.run_id
            where r.campaign = $1 and o.state in ('queued', 'submitting', 'ambiguous')))::int as open,
         (select count(*) from outbox o join runs r on r.id = o.run_id where r.campaign = $1 and o.state = 'accepted')::int as sent`,
      [campaign],
    );
    return open === 0 && sent > 0;
  });
const quiet = (stack: Stack) =>
  until('nobody and nothing is under way', async () => {
    const { n } = await stack.one<{ n: number }>(
      `select ((select count(*) from participants where state = 'active') + (select count(*) from links where outcome is null)
         + (select count(*) from outbox where state in ('queued', 'submitting', 'ambiguous'))
         + (select count(*) from payouts where state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous')))::int as n`,
    );
    return n === 0;
  });

/** Returns the run where the chain begins. */
export async function playChain(stack: Stack): Promise<string> {
  await setUp(stack);
  const run = await launch(stack, WELCOME);
  await out(stack, 'welcome');
  await respond(stack, FIRST, 'purchase', '1');
  await respond(stack, GOAL, 'signed_up');
  await gone(stack, 'welcome', FIRST);
  await out(stack, 'offer');
  await respond(stack, SECOND, 'purchase', '2');
  await gone(stack, 'offer', SECOND);
  await out(stack, 'thanks');
  await respond(stack, THIRD, 'purchase', '3');
  await quiet(stack);
  return run;
}

async function setUp(stack: Stack): Promise<void> {
  await defineBasics(stack);
  await defineGroup(stack, 'few');
  await stack.ok('PUT', '/v1/templates/again', { channel: 'push', body: 'again' });
  await importCustomers(
    stack,
    customers(COUNT, (n) => ({
      attributes: { name: `손님${n}`, group: n <= FEW.length ? 'few' : 'many' },
      ...(n === 50 ? { addresses: {} } : {}),
    })),
  );
  // each of the two leads to the other
  await stack.ok('PUT', '/v1/campaigns/thanks', THANKS, { as: 'marketer', headers: { 'if-none-match': '*' } });
  await launch(stack, OFFER);
  await stack.ok('POST', '/v1/campaigns/thanks/validate', undefined, { as: 'marketer' });
  await approve(stack, 'thanks');
  await stack.ok('POST', '/v1/campaigns/thanks/launch', {}, { as: 'marketer' });
  await settled(stack, await launch(stack, STRANGER));
  await out(stack, 'offer');
  await quiet(stack);
}
