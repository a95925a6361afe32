/**
 * Files on their way through a disk: the first byte is told when all are here, and a disk without room is told as what passes.
 */
import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { spool, spooled, type Bounds } from '../../src/api/files/spool.js';
import { Problem } from '../../src/api/http/problem.js';
import { toProblem } from '../../src/api/http/problem.filter.js';

const bounds: Bounds = { bytesMax: 200_000, tooLong: () => new Problem('too_large') };

it('what is spooled comes out byte by byte as it went in, and only when all of it is here', async () => {
  const whole = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 251));
  let given = 0;
  async function* source() {
    for (let at = 0; at < whole.length; at += 999) {
      await setImmediate();
      given = Math.min(at + 999, whole.length);
      yield whole.subarray(at, given);
    }
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of spooled(source(), bounds)) {
    expect(given).toBe(whole.length);
    chunks.push(chunk);
  }
  expect(Buffer.concat(chunks).equals(whole)).toBe(true);
});

it('what is longer than it may be is refused, and whoever sends it is not cut off before the answer', async () => {
  let ended = false;
  async function* source() {
    try {
      for (;;) yield Buffer.alloc(100_000);
    } finally {
      ended = true;
    }
  }
  await expect(spooled(source(), bounds).next()).rejects.toMatchObject({ kind: 'too_large' });
  expect(ended).toBe(false);
});

it('a disk without room is not available just now', async () => {
  const full = await open('/dev/full', 'w');
  async function* source() {
    yield Buffer.from('more');
  }
  const { code } = await spool(source(), full, bounds).then(
    () => ({ code: 'none' }),
    (error: NodeJS.ErrnoException) => error,
  );
  await full.close();
  // Node's own errors are of another realm than the test's
  const failed = Object.assign(new Error('full'), { code });
  expect(toProblem(failed)).toMatchObject({ kind: 'unavailable', headers: { 'Retry-After': '1' } });
});
