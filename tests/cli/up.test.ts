/**
 * `pado up` from an empty state: everything starts, answers, and ends with it, by Ctrl-C, by SIGTERM and when it is killed; a second start is
 * warm and tells no key again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/stack.js';
import { freshState, holds, pado, processesOf, Running } from './launcher.js';

interface Urls {
  api: string;
  docs: string;
  temporalUi: string;
  adminKey?: string;
}

describe('pado up', () => {
  let state: ReturnType<typeof freshState>;
  let running: Running | null = null;
  let key = '';
  beforeAll(() => {
    state = freshState();
  });
  afterAll(async () => {
    running?.signal('SIGTERM');
    await running?.ended;
    pado(state.dir, 'down');
    state.remove();
  }, 60_000);

  async function up(): Promise<Urls> {
    running = Running.start(state.dir, 'up', '--json');
    return await running.firstJson<Urls>();
  }

  async function endBy(signal: NodeJS.Signals): Promise<number | null> {
    running?.signal(signal);
    const code = (await running?.ended) ?? null;
    running = null;
    return code;
  }

  const list = async (api: string) =>
    await fetch(`${api}/v1/campaigns`, { headers: { authorization: `Bearer ${key}` } });

  it('brings API, documents, Temporal UI and a key that works, from an empty state', async () => {
    const urls = await up();
    key = urls.adminKey ?? '';
    expect(key).toMatch(/^pado_/);
    expect((await list(urls.api)).status).toBe(200);
    expect((await fetch(urls.docs)).status).toBe(200);
    expect((await fetch(urls.temporalUi)).status).toBe(200);
    expect(await (await fetch(`${urls.api}/health/ready`)).json()).toMatchObject({ status: 'ok' });
  }, 120_000);

  it('stops everything it started on Ctrl-C, and nothing is left', async () => {
    const before = processesOf(state.dir).join('\n');
    // API and worker carry the state in their environment alone; health has told of them
    for (const service of [/postgres/, /redis/, /temporal/]) expect(before).toMatch(service);
    expect(await endBy('SIGINT')).toBe(0);
    expect(processesOf(state.dir)).toEqual([]);
  }, 60_000);

  it('starts again on the same state: the key still works and is not told again; SIGTERM ends it', async () => {
    const urls = await up();
    expect(urls.adminKey).toBeUndefined();
    expect((await list(urls.api)).status).toBe(200);
    expect(pado(state.dir, 'up', '--json').stdout).toContain(urls.api); // a second one tells where it runs
    expect(await endBy('SIGTERM')).toBe(0);
    expect(processesOf(state.dir)).toEqual([]);
  }, 120_000);

  it('leaves nothing behind when it is killed', async () => {
    await up();
    await endBy('SIGKILL');
    await until('its warden has ended everything', async () => processesOf(state.dir).length === 0, 60_000);
  }, 180_000);

  it('runs on in the background until `down`, whose --reset clears the state', async () => {
    const ended = pado(state.dir, 'up', '--detach', '--json');
    expect(ended.code).toBe(0);
    const { api } = JSON.parse(ended.stdout) as Urls;
    expect((await list(api)).status).toBe(200);
    expect(pado(state.dir, 'down', '--reset').code).toBe(0);
    expect(processesOf(state.dir)).toEqual([]);
    expect(holds(state.dir, 'postgres')).toBe(false);
  }, 180_000);
});
