/**
 * Results in groups: one group at a time, what comes meanwhile in the next, none left behind, and a group that fails is told.
 */
import { describe, expect, it } from '@jest/globals';
import { gathering } from '../../activities/gathering.js';

/** Records that end when the test lets them. */
function held() {
  const groups: number[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const record = (results: number[]) =>
    new Promise<void>((resolve, reject) => {
      groups.push(results);
      ends.push((error) => (error ? reject(error) : resolve()));
    });
  const end = async (error?: Error) => {
    ends.shift()?.(error);
    await new Promise(setImmediate);
  };
  return { groups, record, end, underWay: () => ends.length };
}
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('results that are recorded in groups', () => {
  it('go one group after the other; what comes meanwhile is one more', async () => {
    const { groups, record, end, underWay } = held();
    const results = gathering(() => 4, record);
    for (const n of numbers(0, 4)) results.add(n);
    await new Promise(setImmediate);
    for (const n of numbers(4, 15)) results.add(n);
    const all = results.all();
    await new Promise(setImmediate);
    expect(underWay()).toBe(1);
    expect(groups).toEqual([numbers(0, 4)]);
    await end();
    expect(underWay()).toBe(1);
    await end();
    await all;
    expect(groups).toEqual([numbers(0, 4), numbers(4, 15)]);
  });

  it('wait until enough of them are there, or somebody asks for all', async () => {
    const { groups, record, end } = held();
    const results = gathering(() => 4, record);
    for (const n of numbers(0, 3)) results.add(n);
    await new Promise(setImmediate);
    expect(groups).toEqual([]);
    const [one, other] = [results.all(), results.all()];
    await new Promise(setImmediate);
    await end();
    await Promise.all([one, other]);
    expect(groups).toEqual([numbers(0, 3)]);
    await results.all();
    expect(groups).toHaveLength(1);
  });

  it('are as many as are wanted at each', async () => {
    const { groups, record, end } = held();
    let together = 4;
    const results = gathering(() => together, record);
    for (const n of numbers(0, 3)) results.add(n);
    together = 2; // three wait already
    results.add(3);
    await new Promise(setImmediate);
    for (const n of numbers(4, 7)) results.add(n);
    await end();
    await end();
    expect(groups).toEqual([numbers(0, 4), numbers(4, 7)]);
  });

  it('tell whoever asks that a group could not be recorded, and record the others', async () => {
    const { groups, record, end } = held();
    const results = gathering(() => 2, record);
    for (const n of numbers(0, 2)) results.add(n);
    await new Promise(setImmediate);
    await end(new Error('lost'));
    results.add(2);
    const all = results.all();
    const told = expect(all).rejects.toThrow('lost');
    await new Promise(setImmediate);
    await end();
    await told;
    expect(groups).toEqual([numbers(0, 2), [2]]);
    await expect(results.all()).rejects.toThrow('lost');
  });
});
