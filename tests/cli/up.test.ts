/**
 * `pado up` from an empty state: everything starts, answers, and ends with it, by Ctrl-C, by SIGTERM and when it is killed; a second start is
 * warm and tells no key again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findRunning } from '../../src/services/roster.js';
import { StateFolder } from '../../src/services/state-folder.js';
import { until } from '../support/stack.js';
import { freshState, holds, pado, padoWith, processesOf, Running } from './launcher.js';

interface Urls {
  api: string;
  docs: string;
  temporalUi: string;
  adminKey?: string;
  /** Lets the first person in. */
  signIn: string;
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
  });

  async function up(more: Record<string, string> = {}): Promise<Urls> {
    running = Running.startWith(more, state.dir, 'up', '--json');
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

  /** As the console does: the token behind the # goes to nobody but the API. */
  async function enter(api: string, link: string): Promise<[number, string[] | undefined]> {
    const token = new URLSearchParams(new URL(link).hash.slice(1)).get('token');
    const reply = await fetch(`${api}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link: token }),
    });
    const { person } = (await reply.json()) as { person?: { roles: string[] } };
    return [reply.status, person?.roles];
  }

  it('brings API, documents, Temporal UI and a key that works, from an empty state', async () => {
    const urls = await up();
    key = urls.adminKey ?? '';
    expect(key).toMatch(/^pado_/);
    expect((await list(urls.api)).status).toBe(200);
    expect((await fetch(urls.docs)).status).toBe(200);
    expect((await fetch(urls.temporalUi)).status).toBe(200);
    expect(await (await fetch(`${urls.api}/health/ready`)).json()).toMatchObject({ status: 'ok' });
    expect(await enter(urls.api, urls.signIn)).toEqual([200, ['admin']]);
    expect(await enter(urls.api, urls.signIn)).toEqual([401, undefined]);
  });

  it('tells more links to whoever has the key, for people that are added', async () => {
    const run = (...args: string[]) => padoWith({ PADO_API_KEY: key }, state.dir, ...args, '--json');
    const people = (...args: string[]) => run('people', ...args);
    const last = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, string>;
    const added = people('add', 'mina', '--roles', 'marketer,approver', '--reason', 'new here');
    expect([added.code, last(added.stdout)]).toMatchObject([0, { account: 'mina', roles: ['marketer', 'approver'] }]);
    const { url } = last(run('link', '--person', 'mina').stdout);
    expect(await enter(new URL(url ?? '').origin, url ?? '')).toEqual([200, ['marketer', 'approver']]);
    expect(people('roles', 'mina', 'finance', '--reason', 'moved').code).toBe(0);
    expect(people('suspend', 'mina', '--reason', 'left').code).toBe(0);
    expect(people('suspend', 'admin', '--reason', 'oneself').code).toBe(1);
    const listed = people().stdout.trim().split('\n');
    expect(listed.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ account: 'mina', roles: ['finance'], state: 'suspended' }),
    );
  });

  it('stops everything it started on Ctrl-C, and nothing is left', async () => {
    const before = processesOf(state.dir).join('\n');
    // API and worker carry the state in their environment alone; health has told of them
    for (const service of [/postgres/, /redis/, /temporal/]) expect(before).toMatch(service);
    expect(await endBy('SIGINT')).toBe(0);
    expect(processesOf(state.dir)).toEqual([]);
  });

  it('starts again on the same state: the key still works and is not told again; SIGTERM ends it', async () => {
    const urls = await up();
    expect(urls.adminKey).toBeUndefined();
    expect((await list(urls.api)).status).toBe(200);
    expect(pado(state.dir, 'up', '--json').stdout).toContain(urls.api); // a second one tells where it runs
    expect(await endBy('SIGTERM')).toBe(0);
    expect(processesOf(state.dir)).toEqual([]);
  });

  it('gives a worker the time of its slowest call, and ten seconds, to end; leaves nothing behind when it is killed', async () => {
    const gateways = [
      {
        type: 'smtp',
        name: 'mail',
        url: 'smtp://127.0.0.1:9',
        from: { address: 'bank@pado.example' },
        timeoutMs: 25_000,
      },
    ];
    await up({ PADO_GATEWAYS: JSON.stringify(gateways) });
    const stopMs = (name: string) => findRunning(StateFolder.open(state.dir), name)?.stopMs;
    expect([stopMs('worker'), stopMs('api')]).toEqual([35_000, 15_000]);
    await endBy('SIGKILL');
    await until('its warden has ended everything', async () => processesOf(state.dir).length === 0, 60_000);
  });

  it('runs on in the background until `down`, whose --reset clears the state', async () => {
    const ended = pado(state.dir, 'up', '--detach', '--json');
    expect(ended.code).toBe(0);
    const { api } = JSON.parse(ended.stdout) as Urls;
    expect((await list(api)).status).toBe(200);
    expect(pado(state.dir, 'down', '--reset').code).toBe(0);
    expect(processesOf(state.dir)).toEqual([]);
    expect(holds(state.dir, 'postgres')).toBe(false);
  });

  it('has a demonstration, of which nothing runs on when it is stopped', async () => {
    running = Running.start(state.dir, 'up', '--demo', '--json');
    const { api, signIn, second } = await running.firstJson<{ api: string; signIn: string; second: string }>();
    const entered = await Promise.all([enter(api, signIn), enter(api, second)]);
    expect(entered).toEqual([
      [200, ['admin']],
      [200, ['approver', 'finance']],
    ]);
    expect(await endBy('SIGINT')).toBe(0);
    expect(processesOf(state.dir)).toEqual([]);
  });

  it('has it in the foreground alone', () => {
    for (const other of [['--detach'], ['--port', '0']])
      expect(pado(state.dir, 'up', '--demo', ...other)).toMatchObject({ code: 2, stdout: '' });
  });
});
