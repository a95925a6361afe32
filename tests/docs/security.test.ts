/**
 * docs/security.md shows what it says by tests: each that it names is there, and each chapter of ASVS 5.0 is gone through.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SECRETS } from '../../src/config-files.js';
import { DEPTH_MAX, HEADERS_MAX } from '../../src/api/http/limits.js';
import { ROOT } from '../support/sources.js';

describe('docs/security.md', () => {
  const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

  it('names tests that are there', () => {
    const named = [...text.matchAll(/`((?:tests|src)\/[^`]+)`/g)].map(([, path]) => path as string);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('goes through every chapter, and shows what holds by a test', () => {
    const chapters = text.split(/^### /m).slice(1);
    expect(chapters.map((chapter) => chapter.split(' ')[0])).toEqual(Array.from({ length: 17 }, (_, n) => `V${n + 1}`));
    for (const chapter of chapters.filter((one) => one.includes('- Holds:'))) expect(chapter).toMatch(/`tests\//);
  });

  it('has the secrets and limits of the program', () => {
    for (const name of SECRETS) expect(text).toContain(`\`${name}\``);
    expect(text).toContain(`headers: ${HEADERS_MAX},`);
    expect(text).toMatch(new RegExp(`\\| ${DEPTH_MAX} +\\| 30 s`));
  });
});
