/**
 * Whoever takes an advisory lock waits for nobody but who means the same: all classes stand in one file, and no two of them are one number.
 */
import { describe, expect, it } from '@jest/globals';
import { sources } from '../support/sources.js';

const ADVISORY = 'src/storage/advisory.ts';
// before a database is there, or on another one, under keys of one number
const APART = /^src\/services\//;

const classes = sources(ADVISORY).flatMap(({ text }) =>
  [...text.matchAll(/^const ([A-Z_]+) = (\d+);$/gm)].map(([, name, no]) => ({ name, no: Number(no) })),
);

describe('advisory locks', () => {
  it('are taken in one file', () => {
    const elsewhere = sources('{src,workflows,activities}/**/*.ts').filter(
      ({ path, text }) => path !== ADVISORY && !APART.test(path) && /pg_(try_)?advisory/.test(text),
    );
    expect(elsewhere.map(({ path }) => path)).toEqual([]);
  });

  it('are of classes that are a number each, which every statement names', () => {
    expect(classes.length).toBeGreaterThan(5);
    expect(new Set(classes.map(({ no }) => no)).size).toBe(classes.length);
    const named = sources(ADVISORY).flatMap(({ text }) =>
      [...text.matchAll(/pg_(?:try_)?advisory\w*\(\$\{(\w+)\}/g)].map((match) => match[1]),
    );
    const taken = sources(ADVISORY).flatMap(({ text }) => [...text.matchAll(/pg_(?:try_)?advisory\w*\(/g)]);
    expect(named).toHaveLength(taken.length);
  });

  it('of triggers are of a class that the file names', () => {
    const taken = sources('prisma/migrations/**/*.sql').flatMap(({ text }) =>
      [...text.matchAll(/pg_(?:try_)?advisory\w*\((\d+)/g)].map((match) => Number(match[1])),
    );
    expect(taken.length).toBeGreaterThan(0);
    expect(classes.map(({ no }) => no)).toEqual(expect.arrayContaining(taken));
  });
});
