/**
 * Changes of a campaign on the canvas, one after another in the page itself, and how long each takes: until what it does is seen (in the drawing and in
 * the fields beside it) and the frame with it is over; and the longest frame of the second after that, in which the layout and the faults come back. How
 * long the page's main thread worked for it tells the same where others use the machine, too.
 */
import type { CDPSession, Page } from 'playwright-core';
import { WAVES } from './long-campaign.js';

export const KINDS_OF_CHANGE = ['choose', 'letter', 'put', 'lead', 'remove', 'undo', 'redo'] as const;
export type KindOfChange = (typeof KINDS_OF_CHANGE)[number];
export interface Change {
  kind: KindOfChange;
  /** From the change to the end of the frame in which it is seen. */
  seenMs: number;
  /** The longest frame of the second that follows. */
  laterMs: number;
  /** Of the main thread until it is seen. */
  cpuMs: number;
}

const NEW = `wait-${WAVES + 1}`;

/** Each round ends where it began, with the letters of the first send aside. Left in the page as `canvasChanges`. */
const CHANGES = `(() => {
  const find = (selector) => document.querySelector(selector);
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const set = (field, value, event) => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, value);
    field.dispatchEvent(new Event(event, { bubbles: true }));
  };
  const node = (id) => find('.flow-node[data-node="' + id + '"]');
  const edge = (from, to) => find('.react-flow__edge[data-id="' + from + ' next"][aria-label$="→ ' + to + '"]');
  const field = (id) => find('#panel #field-' + id);
  const press = (label) => find('button[aria-label="' + label + '"]').click();
  const isNamed = (id) => [...document.querySelectorAll('#panel input')].some(({ value }) => value === id);
  const isChosen = (id) => node(id)?.dataset.chosen !== undefined && isNamed(id);
  const made = '${NEW}';
  const text = (n) => 'a-' + n;
  const chooseKind = () => set(find('#panel select[aria-label="Add a node here: Leads to"]'), 'wait', 'change');
  const steps = [
    ['choose', () => node('wait-1').click(), () => isChosen('wait-1')],
    ['choose', () => node('send-1').click(), () => isChosen('send-1') && field('template')],
    ['letter', (n) => set(field('template'), text(n), 'input'), (n) => node('send-1').textContent.includes(text(n))],
    ['put', () => press('Add: Add a node here: Leads to'), () => isChosen(made), chooseKind],
    ['lead', () => set(field('next'), 'branch-1', 'change'), () => edge(made, 'branch-1')],
    ['remove', () => press('Remove ' + made), () => !node(made)],
    ['undo', () => press('Undo'), () => node(made)],
    ['undo', () => press('Undo'), () => edge(made, 'wait-1')],
    ['undo', () => press('Undo'), () => !node(made)],
    ['redo', () => press('Redo'), () => node(made)],
    ['undo', () => press('Undo'), () => !node(made)],
  ];
  window.canvasChanges = {
    kinds: steps.map(([kind]) => kind),
    async begin(at) {
      steps[at][3]?.();
      await frame();
    },
    async make(at, n) {
      const [kind, act, isSeen] = steps[at];
      const since = performance.now();
      act(n);
      do await frame();
      while (!isSeen(n) && performance.now() - since < 20000);
      if (!isSeen(n)) throw new Error(kind + ' was not seen');
      return performance.now() - since;
    },
    async longestFrame() {
      let [longest, before, end] = [0, performance.now(), performance.now() + 1200];
      while (before < end) {
        const now = await new Promise((done) => requestAnimationFrame(() => done(performance.now())));
        longest = Math.max(longest, now - before);
        before = now;
      }
      return longest;
    },
  };
})()`;

/** CPU time of the main thread's tasks so far. */
async function cpuOf(tools: CDPSession): Promise<number> {
  const { metrics } = await tools.send('Performance.getMetrics');
  return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
}

export async function makeChanges(page: Page, rounds: number): Promise<Change[]> {
  const tools = await page.context().newCDPSession(page);
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.evaluate(CHANGES);
  const kinds = await page.evaluate<KindOfChange[]>('canvasChanges.kinds');
  const changes: Change[] = [];
  for (let n = 0; n < rounds; n += 1) {
    for (const [at, kind] of kinds.entries()) {
      await page.evaluate(`canvasChanges.begin(${at})`);
      const before = await cpuOf(tools);
      const seenMs = await page.evaluate<number>(`canvasChanges.make(${at}, ${n})`);
      const cpuMs = (await cpuOf(tools)) - before;
      changes.push({ kind, seenMs, cpuMs, laterMs: await page.evaluate<number>('canvasChanges.longestFrame()') });
    }
  }
  await tools.detach();
  return changes;
}

export interface Spread {
  p50: number;
  p95: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
