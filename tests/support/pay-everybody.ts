/**
 * Runs of a campaign that rewards everybody, one after the other: while the provider's switch stands at paused all of a run becomes intents,
 * and once it runs all of it is paid.
 */
import { launchDraft } from './campaigns.js';
import { until, type Stack } from './stack.js';

export const REWARDED = 'rewarded';
export const AMOUNT = 5_000;

export const payAllOf = (key: string, segment: string) => ({
  key,
  name: 'everybody is paid',
  purpose: 'information',
  segment,
  journey: {
    start: 'pay',
    nodes: {
      pay: {
        type: 'reward',
        kind: 'cashback',
        amount: { value: String(AMOUNT), currency: 'KRW' },
        claimScope: 'run',
        budget: 'main',
        provider: 'sim-pay',
        next: 'done',
      },
      done: { type: 'exit' },
    },
  },
});
export const payEverybody = payAllOf(REWARDED, 'everyone');

const PATIENCE_MS = 600_000;
const LOOK_EVERY_MS = 50;
const OPEN = ['intended', 'approved', 'submitting', 'accepted', 'ambiguous'];

export async function switchTo(stack: Stack, state: 'paused' | 'running'): Promise<void> {
  await stack.ok('POST', '/v1/controls/provider/sim-pay', { state, reason: 'measured' }, { as: 'operator' });
}

/** Until so many payouts of the run are in this state and none is on its way. Asked by index: payouts_run. */
export async function allAre(stack: Stack, run: string, state: string, count: number): Promise<void> {
  const others = OPEN.filter((one) => one !== state);
  const check = async () => {
    const { open } = await stack.one<{ open: boolean }>(
      'select exists (select from payouts where run_id = $1 and state = any($2::text[])) as open',
      [run, others],
    );
    if (open) return false;
    const { n } = await stack.one<{ n: number }>(
      'select count(*)::int as n from payouts where run_id = $1 and state = $2',
      [run, state],
    );
    return n === count;
  };
  await until(`${count} payouts are ${state}`, check, PATIENCE_MS, LOOK_EVERY_MS);
}

/** Launches a run of `count` customers and returns it when all are intended, their reservations sealed, and none has been submitted. */
export async function intendAll(stack: Stack, trigger: string, count: number, campaign = REWARDED): Promise<string> {
  await switchTo(stack, 'paused');
  const run = await launchDraft(stack, campaign, trigger);
  await allAre(stack, run, 'intended', count);
  const areSealed = async () =>
    (await stack.one<{ all: boolean }>('select not exists (select from ledger_unsealed) as "all"')).all;
  await until('all reservations are sealed', areSealed, PATIENCE_MS, LOOK_EVERY_MS);
  return run;
}

/** From the switch of the provider to the last payment posted. */
export async function payAll(stack: Stack, run: string, count: number): Promise<void> {
  await switchTo(stack, 'running');
  await allAre(stack, run, 'paid', count);
}
