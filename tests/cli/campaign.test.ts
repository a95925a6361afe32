/**
 * Campaigns as files against a running installation: the answers are the API's own, at their place in the file; keeping the same file twice
 * changes nothing; what is exported and applied again is what was there.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { approve, defineBasics, twoWaves } from '../support/campaigns.js';
import { Stack } from '../support/stack.js';
import { freshState, padoBeside, type Ended } from './launcher.js';

type Campaign = Record<string, unknown> & { journey: { nodes: Record<string, Record<string, unknown>> } };
interface Fault {
  pointer: string;
  detail: string;
}

describe('pado campaign', () => {
  let stack: Stack;
  let state: ReturnType<typeof freshState>;
  let folder: string;
  beforeAll(async () => {
    stack = await Stack.start({ workers: 0 });
    await defineBasics(stack);
    state = freshState();
    folder = mkdtempSync(join(tmpdir(), 'pado-files-'));
  });
  afterAll(async () => {
    await stack.stop();
    state.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const campaignOf = (key: string, nodes: Campaign['journey']['nodes'] = {}, over: object = {}): Campaign => {
    const campaign = { ...twoWaves({ key }), ...over } as Campaign;
    for (const [id, fields] of Object.entries(nodes)) Object.assign(campaign.journey.nodes[id] ?? {}, fields);
    return campaign;
  };
  const file = (name: string, content: string | Uint8Array | object): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' || content instanceof Uint8Array ? content : stringify(content));
    return path;
  };
  const run = (...args: string[]): Promise<Ended> =>
    padoBeside({ PADO_URL: stack.api.url, PADO_API_KEY: stack.keys.marketer }, state.dir, 'campaign', ...args);
  const lastLine = ({ stdout }: Ended): unknown => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  const keptOf = (key: string) => stack.request('GET', `/v1/campaigns/${key}`);
  const faultsOnly = (faults: Fault[]) => faults.map(({ pointer, detail }) => ({ pointer, detail }));

  it('validate tells every fault that the API tells, each at its line, and keeps nothing', async () => {
    const nodes = { 'wait-1': { next: 'nowhere' }, 'send-2': { gateway: 'none' }, 'bought-2': { no: 'constructor' } };
    const path = file('faulty.yaml', campaignOf('faulty', nodes, { segment: 'none' }));
    const ended = await run('validate', path, '--json');
    expect(ended.code).toBe(1);
    expect((await keptOf('faulty')).status).toBe(404);

    const { valid, faults } = lastLine(ended) as {
      valid: boolean;
      faults: (Fault & { line: number; column: number })[];
    };
    expect(valid).toBe(false);
    await stack.ok('PUT', '/v1/campaigns/faulty', campaignOf('faulty', nodes, { segment: 'none' }), {
      headers: { 'if-none-match': '*' },
    });
    const api = await stack.ok('POST', '/v1/campaigns/faulty/validate');
    expect(faultsOnly(faults)).toEqual(api.faults);
    expect(faults.length).toBeGreaterThan(2);
    const lines = readFileSync(path, 'utf8').split('\n');
    const edge = faults.find(({ pointer }) => pointer === '/journey/nodes/wait-1/next');
    expect(lines[(edge?.line ?? 0) - 1]?.slice((edge?.column ?? 0) - 1)).toBe('nowhere');
    expect(ended.stdout).toContain(`${path}:${edge?.line}:${edge?.column} /journey/nodes/wait-1/next leads to nowhere`);
  });

  it('a shape that the API refuses is told with the API’s own faults by validate, apply and diff', async () => {
    const content = campaignOf(
      'shapeless',
      { 'wait-1': { span: 'P1M' }, 'send-1': { tempalte: 'hello' } },
      { name: '' },
    );
    const path = file('shapeless.yaml', content);
    const refused = await stack.request('PUT', '/v1/campaigns/shapeless', content);
    expect(refused.status).toBe(400);
    for (const [verb, code] of [
      ['validate', 1],
      ['apply', 1],
    ] as const) {
      const ended = await run(verb, path, '--json');
      expect([verb, ended.code]).toEqual([verb, code]);
      expect(faultsOnly((lastLine(ended) as { faults: Fault[] }).faults)).toEqual(refused.body.errors);
    }
    const compared = await run('diff', path);
    expect(compared.code).toBe(2);
    for (const { pointer, detail } of refused.body.errors as Fault[])
      expect(compared.stdout).toContain(`${pointer} ${detail}`);
    expect((await keptOf('shapeless')).status).toBe(404);
  });

  it('apply creates and validates; the same file again is left alone, with its approval; an edit voids it', async () => {
    const path = file('kept.yaml', campaignOf('kept'));
    expect(lastLine(await run('apply', path, '--json'))).toEqual({
      kind: 'created',
      key: 'kept',
      revision: 1,
      state: 'validated',
      valid: true,
      faults: [],
      warnings: [],
    });
    await approve(stack, 'kept');
    const again = await run('apply', path, '--json');
    expect([again.code, lastLine(again)]).toEqual([
      0,
      expect.objectContaining({ kind: 'unchanged', revision: 1, state: 'approved' }),
    ]);
    const edited = file('kept.yaml', campaignOf('kept', {}, { name: 'other' }));
    const stale = await run('apply', edited, '--revision', '7');
    expect([stale.code, (await keptOf('kept')).body]).toMatchObject([1, { name: '두 번의 파도', state: 'approved' }]);
    expect(stale.stderr).toContain('It has been changed since you read it');
    expect(lastLine(await run('apply', edited, '--revision', '1', '--json'))).toMatchObject({
      kind: 'changed',
      revision: 2,
      state: 'validated',
    });
    expect((await keptOf('kept')).body).toMatchObject({ name: 'other', approvedBy: null });
  });

  it('apply keeps a draft that has faults, says so, and ends with 1', async () => {
    const ended = await run(
      'apply',
      file('draft.yaml', campaignOf('half', { 'wait-1': { next: 'nowhere' } })),
      '--json',
    );
    expect([ended.code, lastLine(ended)]).toMatchObject([1, { kind: 'created', state: 'draft', valid: false }]);
    expect((await keptOf('half')).body.state).toBe('draft');
  });

  it('diff tells what differs, by pointer, and by its exit code', async () => {
    const path = file('compared.yaml', campaignOf('compared'));
    const absent = await run('diff', path, '--json');
    expect([absent.code, lastLine(absent)]).toMatchObject([1, { same: false, changes: [{ pointer: '' }] }]);
    expect((await run('apply', path)).code).toBe(0);
    const same = await run('diff', path, '--json');
    expect([same.code, lastLine(same)]).toEqual([0, { same: true, changes: [] }]);
    const changed = file(
      'compared.yaml',
      campaignOf('compared', { 'wait-1': { span: 'PT20S' } }, { kpiTarget: '5 %' }),
    );
    const other = await run('diff', changed, '--json');
    expect(other.code).toBe(1);
    expect((lastLine(other) as { changes: object[] }).changes.toSorted(byText)).toEqual([
      { pointer: '/journey/nodes/wait-1/span', from: 'PT10S', to: 'PT20S' },
      { pointer: '/kpiTarget', to: '5 %' },
    ]);
    expect(other.stdout).toContain('- /journey/nodes/wait-1/span "PT10S"\n+ /journey/nodes/wait-1/span "PT20S"\n');
  });

  it('export and apply is a round trip: the draft is the same, and apply finds nothing to change', async () => {
    const odd = '"no" # yes: [1e3]\n\u2028\t- 00:00 두 \\n 번';
    const goal = { event: 'yes', window: 'P14D' };
    const content = campaignOf(
      'round-trip',
      { 'reward-1': { memo: '0x1F', claimScope: { kind: 'customer', period: 'week', zone: 'campaign' } } },
      {
        name: odd,
        hypothesis: 'null',
        kpiTarget: '1_000',
        goal,
        product: 'on',
        review: { number: '1e3', validUntil: '2026-12-31' },
      },
    );
    expect((await run('apply', file('source.yaml', content))).code).toBe(0);
    const before = (await keptOf('round-trip')).body;
    expect(before.draft).toMatchObject({ name: odd, hypothesis: 'null', kpiTarget: '1_000', product: 'on' });

    const path = join(folder, 'round-trip.yaml');
    expect(lastLine(await run('export', path, '--json'))).toEqual({ key: 'round-trip', revision: 1, file: path });
    expect((await run('export', path)).code).toBe(2); // it exists
    expect((await run('export', path, '--force')).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toMatch(/^key: round-trip\n/);
    expect((await run('export', '-', '--key', 'round-trip')).stdout).toBe(readFileSync(path, 'utf8'));
    expect((await run('diff', path)).code).toBe(0);
    expect(lastLine(await run('apply', path, '--json'))).toMatchObject({ kind: 'unchanged', revision: 1 });
    expect((await keptOf('round-trip')).body).toEqual(before);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['no YAML', 'key: [1', /:\d+:\d+: /],
    ['a field twice', 'key: a\nkey: b\n', /unreadable\.yaml:2:1: .*unique/],
    ['two documents', 'key: a\n---\nkey: b\n', /document/],
    ['aliases that multiply', bomb(), /alias/],
    ['not UTF-8', new Uint8Array([0x6b, 0xc3, 0x28]), /is not UTF-8/],
  ])('a file that is %s is wrong usage: exit code 2, and nothing is sent', async (_, content, words) => {
    const ended = await run('apply', file('unreadable.yaml', content));
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(words)]);
  });

  it('tells apart no file (2), no such campaign (1), a key that may not (1), no key and no installation (3)', async () => {
    const path = file('codes.yaml', campaignOf('codes'));
    const as = (env: Record<string, string>, ...args: string[]) =>
      padoBeside(
        { PADO_URL: stack.api.url, PADO_API_KEY: stack.keys.marketer, ...env },
        state.dir,
        'campaign',
        ...args,
      );
    expect((await run('validate', join(folder, 'none.yaml'))).code).toBe(2);
    expect((await run('export', join(folder, 'unknown.yaml'))).code).toBe(1);
    expect(existsSync(join(folder, 'unknown.yaml'))).toBe(false);
    const forbidden = await as({ PADO_API_KEY: stack.keys.finance }, 'apply', path);
    expect([forbidden.code, forbidden.stderr]).toEqual([1, expect.stringContaining('may not')]);
    const keyless = await as({ PADO_API_KEY: '' }, 'apply', path);
    expect([keyless.code, keyless.stderr]).toEqual([3, expect.stringContaining('PADO_API_KEY')]);
    const alone = await as({ PADO_URL: 'http://127.0.0.1:1' }, 'apply', path);
    expect([alone.code, alone.stderr]).toEqual([3, expect.stringContaining('No installation answers')]);
  });

  it.each(['validate', 'apply', 'diff', 'export'])('%s --help tells its options and exit codes', async (verb) => {
    const { code, stdout } = await run(verb, '--help');
    expect([code, stdout]).toEqual([0, expect.stringContaining(`pado campaign ${verb}`)]);
    expect(stdout).toMatch(/--json[^]*PADO_API_KEY[^]*Exit codes: 0/);
  });
});

const byText = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** Nine levels of nine aliases each: 387 million values from a few hundred bytes. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, n) => {
    const one = n === 0 ? 'x' : `*l${n - 1}`;
    return `l${n}: &l${n} [${Array.from({ length: 9 }, () => one).join(', ')}]`;
  });
  return levels.join('\n');
}
