/** `pado simulator` starts what its options say, shows a secret only if it made it up, and ends on a signal. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { parseConfig } from '../../src/config.js';
import { register } from '../../src/cli/simulator.command.js';
import { pay, Stage, until, type Json } from './harness.js';

const stage = new Stage();
const secret = `whsec_${Buffer.from('a secret of the environment').toString('base64')}`;
afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env.PADO_SIM_PROVIDER_SECRET;
  await stage.clear();
});

function command(): Command {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  register(program);
  for (const sub of program.commands) sub.exitOverride().configureOutput({ writeErr: () => undefined });
  return program;
}

/** Runs the command until `use` is done with what it printed, then ends it by SIGTERM. */
async function run(args: readonly string[], use: (printed: string) => Promise<void>): Promise<void> {
  let printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const ended = command().parseAsync(['simulator', ...args], { from: 'user' });
  await until(() => printed !== '');
  try {
    await use(printed);
  } finally {
    process.emit('SIGTERM');
    await ended;
  }
}

const env = { PADO_DATABASE_URL: 'postgres://h/d', REDIS_URL: 'redis://h', TEMPORAL_ADDRESS: 'h:1' };

describe('pado simulator', () => {
  it('prints one line of JSON whose two values the service takes as its configuration', async () => {
    const books = await stage.folder();
    await run(['--json', '--books', books, '--seed', 's1'], async (printed) => {
      expect(printed.trimEnd().split('\n')).toHaveLength(1);
      const shown = JSON.parse(printed) as Json & { provider: Json };
      const { PADO_PAYOUT_PROVIDERS, PADO_GATEWAYS } = shown as Record<string, string>;
      const config = parseConfig({ ...env, PADO_PAYOUT_PROVIDERS, PADO_GATEWAYS });
      expect(shown.seed).toBe('s1');
      expect(config.providers[0]).toMatchObject({ name: 'sim-pay', simulated: true, idempotent: true, lookup: true });
      expect(config.gateways[0]).toMatchObject({ name: 'sim-gate', simulated: true, batchSize: 500 });
      const [provider] = config.providers;
      if (provider?.kind !== 'http') throw new Error('The provider is missing');
      expect((await pay({ url: provider.url, secret: provider.secret as string }, 'k1')).status).toBe(201);
      const book = await (await fetch(String(shown.provider.bookUrl))).text();
      expect(JSON.parse(book)).toMatchObject({ type: 'payment', key: 'k1' });
    });
  });

  it('takes faults for both or for one, capabilities, a clock, and a secret that it does not show', async () => {
    process.env.PADO_SIM_PROVIDER_SECRET = secret;
    const books = await stage.folder();
    const args = [
      '--json',
      '--books',
      books,
      '--only',
      'provider',
      '--fault',
      'reject=1',
      '--fault',
      'provider.reject=0',
    ];
    const more = ['--no-idempotent', '--no-lookup', '--latency', '1-2', '--epoch', '2026-11-24T10:00:00+09:00'];
    await run([...args, ...more], async (printed) => {
      expect(printed).not.toContain(secret);
      const shown = JSON.parse(printed) as Json & { provider: { url: string } };
      expect(shown.gateway).toBeUndefined();
      const answer = await pay({ url: shown.provider.url, secret }, 'k1');
      expect(answer.json.status).toBe('paid');
      expect(String(answer.json.paidAt)).toMatch(/^2026-11-24T01:00:0/);
      expect(JSON.parse(String(shown.PADO_PAYOUT_PROVIDERS))).toMatchObject([{ idempotent: false, lookup: false }]);
    });
  });

  it('prints addresses and the seed for people', async () => {
    const books = await stage.folder();
    await run(['--books', books], (printed) => {
      expect(printed).toMatch(/^seed {6}[0-9a-f]{8}\n/);
      expect(printed).toMatch(/provider {2}sim-pay {2}http:\/\/127\.0\.0\.1:\d+/);
      expect(printed).toContain("PADO_GATEWAYS='[{");
      return Promise.resolve();
    });
  });

  it.each([
    [['--fault', 'explode=1']],
    [['--fault', 'reject=2']],
    [['--latency', 'fast']],
    [['--provider-port', '70000']],
    [['--callback-url', 'nowhere']],
    [['--only', 'both']],
    [['--epoch', 'soon']],
  ])('refuses %j', async (args) => {
    await expect(command().parseAsync(['simulator', ...args], { from: 'user' })).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
  });
});
