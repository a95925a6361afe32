/**
 * Changes of a campaign on the canvas, one after another in the page itself, and how long each takes: until what it does is seen (in the drawing and in
 * the fields beside it) and the frame with it is over; and the longest frame of the second after that, in which the layout and the faults come back.
 */
import type { Page } from 'playwright-core';
import { WAVES } from './long-campaign.js';

export const KINDS_OF_CHANGE = ['choose', 'letter', 'put', 'lead', 'remove', 'undo', 'redo'] as const;
export type KindOfChange = (typeof KINDS_OF_CHANGE)[number];
export interface Change {
  kind: KindOfChange;
  /** From the change to the end of the frame in which it is seen. */
  seenMs: number;
  /** The longest frame of the second that follows. */
  laterMs: number;
}

const NEW = `wait-${WAVES + 1}`;

/** Each round ends where it began, with the letters of the first send aside. */
const ROUNDS = `async (rounds) => {
  const find = (selector) => document.querySelector(selector);
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const set = (field, value, event) => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, value);
    field.dispatchEvent(new Event(event, { bubbles: true }));
  };
  const longestFrame = async (ms) => {
    let [longest, before, end] = [0, performance.now(), performance.now() + ms];
    while (before < end) {
      const now = await new Promise((done) => requestAnimationFrame(() => done(performance.now())));
      longest = Math.max(longest, now - before);
      before = now;
    }
    return longest;
  };
  const changes = [];
  const change = async (kind, act, isSeen) => {
    const since = performance.now();
    act();
    do await frame();
    while (!isSeen() && performance.now() - since < 20000);
    const seenMs = performance.now() - since;
    if (!isSeen()) throw new Error(kind + ' was not seen');
    changes.push({ kind, seenMs, laterMs: await longestFrame(1200) });
  };
  const node = (id) => find('.flow-node[data-node="' + id + '"]');
  const edge = (from, to) => find('.react-flow__edge[data-id="' + from + ' next"][aria-label$="→ ' + to + '"]');
  const field = (id) => find('#panel #field-' + id);
  const press = (label) => find('button[aria-label="' + label + '"]').click();
  const isChosen = (id) => node(id)?.dataset.chosen !== undefined && [...document.querySelectorAll('#panel input')].some(({ value }) => value === id);
  const made = '${NEW}';
  for (let n = 0; n < rounds; n += 1) {
    await change('choose', () => node('wait-1').click(), () => isChosen('wait-1'));
    await change('choose', () => node('send-1').click(), () => isChosen('send-1') && field('template'));
    const text = 'a-' + n;
    await change('letter', () => set(field('template'), text, 'input'), () => node('send-1').textContent.includes(text));
    set(find('#panel select[aria-label="Add a node here: Leads to"]'), 'wait', 'change');
    await frame();
    await change('put', () => press('Add: Add a node here: Leads to'), () => isChosen(made));
    await change('lead', () => set(field('next'), 'branch-1', 'change'), () => edge(made, 'branch-1'));
    await change('remove', () => press('Remove ' + made), () => !node(made));
    await change('undo', () => press('Undo'), () => node(made));
    await change('undo', () => press('Undo'), () => edge(made, 'wait-1'));
    await change('undo', () => press('Undo'), () => !node(made));
    await change('redo', () => press('Redo'), () => node(made));
    await change('undo', () => press('Undo'), () => !node(made));
  }
  return changes;
}`;

export const makeChanges = async (page: Page, rounds: number): Promise<Change[]> =>
  await page.evaluate<Change[]>(`(${ROUNDS})(${rounds})`);

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
