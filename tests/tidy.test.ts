/**
 * The house keeps its taste: every source file is held to the rules of support/taste.ts, and every rule to a sample that it must find.
 */
import { describe, expect, it } from '@jest/globals';
import { PATCHES } from '../workflows/patches.js';
import { source, sources } from './support/sources.js';
import { RULES, offences } from './support/taste.js';

// what a tool has made is as the tool writes it
const MADE = /^(package-lock\.json$|console\/src\/client\/)/;

const files = sources(
  '{src,workflows,activities,console,tests}/**/*.{ts,tsx}',
  'prisma/**/*.sql',
  '*.{js,cjs,mjs,json,md}',
  'docs/**/*.md',
  '.ci/*',
  '.dependency-cruiser.cjs',
  'pado',
).filter(({ path }) => !MADE.test(path));

describe.each(RULES.map((rule) => [rule.title, rule] as const))('%s', (_title, rule) => {
  it('holds in the whole house', () => {
    expect(offences(rule, files)).toEqual([]);
  });

  it('would be noticed if it did not', () => {
    expect(offences({ ...rule, except: {} }, [source(rule.sample.path, rule.sample.text)])).not.toEqual([]);
  });

  it('has no exception that nobody needs', () => {
    const needless = Object.keys(rule.except ?? {}).filter(
      (path) =>
        offences(
          { ...rule, except: {} },
          files.filter((file) => file.path === path),
        ).length === 0,
    );
    expect(needless).toEqual([]);
  });
});

describe('workflow patches', () => {
  const used = sources('workflows/*.ts').flatMap(({ text }) =>
    [...text.matchAll(/\b(?:patched|deprecatePatch)\(\s*'([^']+)'/g)].map((match) => match[1]),
  );

  it('are listed in workflows/patches.ts, and nothing else is', () => {
    expect(new Set(PATCHES.map(({ id }) => id))).toEqual(new Set(used));
  });

  it('are named by literals, so that they can be found', () => {
    const calls = sources('workflows/*.ts').flatMap(({ text }) => [
      ...text.matchAll(/\b(?:patched|deprecatePatch)\(/g),
    ]);
    expect(calls).toHaveLength(used.length);
  });
});
