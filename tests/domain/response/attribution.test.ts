/**
 * Windows are half-open, and of several answers the first that occurred counts.
 */
import { describe, expect, it } from '@jest/globals';
import { inWindow, winningEvent, type Listener, type WindowEvent } from '../../../src/domain/response/attribution.js';

const window = { from: 100, to: 200 };
const listener: Listener = { event: 'purchase', window, matches: ({ amount }) => (amount as number) >= 10 };
const event = (no: number, occurredAt: number, over: Partial<WindowEvent> = {}): WindowEvent => ({
  no,
  name: 'purchase',
  occurredAt,
  properties: { amount: 10 },
  ...over,
});

describe('a window', () => {
  it.each([
    [99, false],
    [100, true],
    [199, true],
    [200, false],
  ])('[100, 200) holds %i: %s', (at, inside) => {
    expect(inWindow(window, at)).toBe(inside);
  });

  it('without a length holds nothing', () => {
    expect(inWindow({ from: 100, to: 100 }, 100)).toBe(false);
  });
});

describe('the answer to a wait', () => {
  it.each<[string, WindowEvent[], number | null]>([
    ['nobody', [], null],
    ['the earliest', [event(1, 150), event(2, 120), event(3, 180)], 2],
    ['the first received of equals', [event(7, 120), event(4, 120), event(9, 120)], 4],
    ['not one before the window', [event(1, 99), event(2, 150)], 2],
    ['not one at its end', [event(1, 200)], null],
    ['not another event', [event(1, 120, { name: 'login' })], null],
    ['not one that the filter refuses', [event(1, 120, { properties: { amount: 9 } }), event(2, 130)], 2],
  ])('is %s', (_, events, no) => {
    expect(winningEvent(listener, events)?.no ?? null).toBe(no);
  });
});
