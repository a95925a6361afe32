/**
 * A campaign of some 300 nodes, and how long a change of it takes in the canvas until it is painted.
 */
import { twoWaves } from './campaigns.js';

export const WAVES = 74;

/** Send, wait, branch and reward, again and again. */
export function longCampaign(key: string): Record<string, unknown> {
  const { journey: _two, ...campaign } = twoWaves({ key, span: 'P2D' });
  const nodes = Array.from({ length: WAVES }, (_, n): [string, object][] => {
    const [now, next] = [n + 1, n + 1 < WAVES ? `send-${n + 2}` : 'done'];
    const reward = {
      kind: 'cashback',
      amount: { value: '5000', currency: 'KRW' },
      budget: 'main',
      provider: 'sim-pay',
    };
    return [
      [`send-${now}`, { type: 'send', template: 'hello', channel: 'push', next: `wait-${now}` }],
      [`wait-${now}`, { type: 'wait', span: 'P2D', response: { event: 'purchase' }, next: `branch-${now}` }],
      [`branch-${now}`, { type: 'branch', on: { responded: `wait-${now}` }, yes: `reward-${now}`, no: next }],
      [`reward-${now}`, { type: 'reward', ...reward, next }],
    ];
  });
  return {
    ...campaign,
    journey: { start: 'send-1', nodes: { ...Object.fromEntries(nodes.flat()), done: { type: 'exit' } } },
  };
}

/** In the page: how long until what was done is painted. */
const PAINTED = `async (act) => {
  const since = performance.now();
  act();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - since;
}`;
export const TYPING = `(async () => {
  const painted = ${PAINTED};
  const field = document.getElementById('field-template');
  const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
  const times = [];
  for (let n = 0; n < 20; n += 1) {
    times.push(await painted(() => {
      set.call(field, 'a-' + n);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }));
    await new Promise((done) => setTimeout(done, 50));
  }
  return times;
})()`;
/** The new node is chosen; each further one is undone before the next. */
export const ADDING = `(async () => {
  const painted = ${PAINTED};
  const times = [];
  for (let n = 0; n < 5; n += 1) {
    const add = document.querySelector('#panel button[aria-label="Add: Add a node here: Leads to"]');
    times.push(await painted(() => add.click()));
    await new Promise((done) => setTimeout(done, 1_500));
    const undo = document.querySelector('button[aria-label="Undo"]');
    if (n < 4) {
      times.push(await painted(() => undo.click()));
      await new Promise((done) => setTimeout(done, 1_500));
      document.querySelector('[data-node=send-1]').click();
      await new Promise((done) => setTimeout(done, 300));
      const kind = document.querySelector('#panel select[aria-label="Add a node here: Leads to"]');
      const { set } = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value');
      set.call(kind, 'wait');
      kind.dispatchEvent(new Event('change', { bubbles: true }));
    }
  }
  return times;
})()`;
