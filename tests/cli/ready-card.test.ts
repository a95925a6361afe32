/** The ready card: all of it within 80 columns, links alone on their lines, the same words with colours and without. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import picocolors from 'picocolors';
import { readyCard, type Ready } from '../../src/cli/ready-card.js';

const api = 'http://127.0.0.1:65535';
const link = (letter: string) => `${api}/sign-in#token=${letter.repeat(43)}`;
const ready: Ready = {
  urls: { api, docs: `${api}/docs`, temporalUi: 'http://127.0.0.1:65534' },
  adminKey: `pado_${'a'.repeat(12)}_${'b'.repeat(43)}`,
  signIn: link('x'),
  second: link('y'),
};
const [plain, coloured] = [picocolors.createColors(false), picocolors.createColors(true)];
const WAYS = [
  { demo: false, background: false },
  { demo: false, background: true },
  { demo: true, background: false },
];

describe('the ready card', () => {
  it.each(WAYS)('fits 80 columns, and says the same with colours: %j', (how) => {
    const lines = readyCard(ready, how, plain);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const colours = readyCard(ready, how, coloured);
    expect(colours.map(stripVTControlCharacters)).toEqual(lines);
    expect(colours).not.toEqual(lines);
    for (const one of [ready.signIn, ready.second, ready.adminKey]) expect(lines).toContain(one);
  });

  it('tells how it is stopped', () => {
    const stop = (how: (typeof WAYS)[number]) =>
      readyCard(ready, how, plain).find((line) => line.includes('Stop')) ?? '';
    expect(WAYS.map((how) => /Ctrl-C/.test(stop(how)))).toEqual([true, false, true]);
    expect(WAYS.map((how) => /pado down/.test(stop(how)))).toEqual([true, true, false]);
  });

  it('leaves out what there is not', () => {
    const lines = readyCard({ urls: { api, docs: `${api}/docs` } }, { demo: false, background: true }, plain).join(
      '\n',
    );
    expect(lines).not.toMatch(/token|key|Temporal|undefined/);
    expect(lines).toContain('./pado up --demo');
  });
});
