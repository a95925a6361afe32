/**
 * `pado doctor` where a server takes connections and says nothing on them, as one does whose disk or machine stands still: it ends, and says which.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshState, padoBeside } from './launcher.js';

describe('pado doctor before servers that are mute', () => {
  const state = freshState();
  let mute: Server;
  beforeAll(async () => {
    mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
  });
  afterAll(() => {
    mute.close();
    state.remove();
  });

  it.each([
    ['Postgres', 'DATABASE_URL', (place: string) => `postgres://nobody:hidden@${place}/none`],
    ['Redis', 'REDIS_URL', (place: string) => `redis://:hidden@${place}`],
    ['Temporal', 'TEMPORAL_ADDRESS', (place: string) => place],
  ])('%s: ends, and names the variable', async (check, variable, urlAt) => {
    const url = urlAt(`127.0.0.1:${(mute.address() as AddressInfo).port}`);
    const { code, stdout, stderr } = await padoBeside({ [variable]: url }, state.dir, 'doctor', '--json');
    expect(code).toBe(3);
    const { checks } = JSON.parse(stdout) as { checks: { check: string; state: string; detail: string }[] };
    expect(checks.find((one) => one.check === check)).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(new RegExp(`^${variable} does not answer: .*[^.]\\.$`)),
    });
    expect(stdout + stderr).not.toContain('hidden');
  });
});
