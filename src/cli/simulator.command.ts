/**
 * `pado simulator`: a payout provider and a message gateway to run campaigns against, well-behaved or not, until
 * Ctrl-C. Secrets come from the environment; only one made up here is printed, once.
 */
import { InvalidArgumentError, type Command } from 'commander';
import {
  RATE_NAMES,
  startSimulator,
  type FaultSettings,
  type RateName,
  type Simulator,
  type SimulatorOptions,
  type Span,
} from '../simulator/index.js';

type System = 'provider' | 'gateway';
type Faults = Record<System, Partial<FaultSettings>>;

interface Options {
  only?: System;
  providerName: string;
  gatewayName: string;
  providerPort: number;
  gatewayPort: number;
  books: string;
  seed?: string;
  fault?: Faults;
  latency: Span;
  callbackDelay?: Span;
  callbackUrl?: string;
  providerSecretEnv: string;
  gatewaySecretEnv: string;
  idempotent: boolean;
  lookup: boolean;
  visibility: number;
  batchSize: number;
  maxTps?: number;
  receipts?: boolean;
  epoch?: number;
  epochBase?: number;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('simulator')
    .description('Run a conforming payout provider and message gateway that can be told to misbehave.')
    .option('--only <system>', 'start the provider or the gateway alone', system)
    .option('--provider-name <name>', 'name of the provider', 'sim-pay')
    .option('--gateway-name <name>', 'name of the gateway', 'sim-gate')
    .option('--provider-port <port>', 'port of the provider, 0 = any free one', port, 0)
    .option('--gateway-port <port>', 'port of the gateway, 0 = any free one', port, 0)
    .option('--books <dir>', 'folder of the two books; what is in them is gone on from', '.pado/books')
    .option('--seed <text>', 'what the faults are drawn from; random when left out')
    .option('--fault <name=rate>', 'a fault and its rate, for both or as provider.NAME=… (repeatable)', fault)
    .option('--latency <ms>', 'before each reply: ms or min-max', span, 0)
    .option('--callback-delay <ms>', 'from accepted to decision, from message to receipt: ms or min-max', span)
    .option('--callback-url <url>', 'base URL of the API that gets callbacks and receipts', url)
    .option('--provider-secret-env <name>', 'variable with the secret of the provider', 'PADO_SIM_PROVIDER_SECRET')
    .option('--gateway-secret-env <name>', 'variable with the secret of the gateway', 'PADO_SIM_GATEWAY_SECRET')
    .option('--no-idempotent', 'a repeated key pays, a repeated id sends, again')
    .option('--no-lookup', 'no look-up by key')
    .option('--visibility <ms>', 'look-ups answer 404 for that long after acting', count, 0)
    .option('--batch-size <n>', 'most messages in a request', positive, 500)
    .option('--max-tps <n>', 'requests a second beyond which 429 is answered', positive)
    .option('--receipts', 'send a receipt for each message that goes out')
    .option('--epoch <time>', 'business time (RFC 3339) at --epoch-base', time)
    .option('--epoch-base <time>', 'real time (RFC 3339) of --epoch; the start of this command when left out', time)
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nFaults: ${RATE_NAMES.join(', ')}.\nExit codes: 0 ended by Ctrl-C or SIGTERM, 1 could not start.`,
    )
    .action(async (options: Options) => {
      const simulator = await startSimulator(simulatorOptions(options));
      process.stdout.write(
        options.json ? `${JSON.stringify(summary(simulator, options))}\n` : page(simulator, options),
      );
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await simulator.close();
    });
}

function simulatorOptions(options: Options): SimulatorOptions {
  const { idempotent, lookup, visibility: visibilityMs, maxTps, epoch } = options;
  const shared = { idempotent, lookup, visibilityMs, maxTps };
  const times = {
    latencyMs: options.latency,
    ...(options.callbackDelay ? { callbackDelayMs: options.callbackDelay } : {}),
  };
  const provider = {
    ...shared,
    name: options.providerName,
    port: options.providerPort,
    faults: { ...times, ...options.fault?.provider },
    ...secretFrom(options.providerSecretEnv),
  };
  const gateway = {
    ...shared,
    name: options.gatewayName,
    port: options.gatewayPort,
    batchSize: options.batchSize,
    faults: { ...times, ...options.fault?.gateway },
    ...(options.receipts ? { receipts: {} } : {}),
    ...secretFrom(options.gatewaySecretEnv),
  };
  return {
    books: options.books,
    seed: options.seed,
    callbackUrl: options.callbackUrl,
    providers: options.only === 'gateway' ? [] : [provider],
    gateways: options.only === 'provider' ? [] : [gateway],
    clock: epoch === undefined ? undefined : { epochMs: epoch, baseMs: options.epochBase ?? Date.now() },
  };
}

function secretFrom(variable: string): { secret?: string } {
  const secret = process.env[variable];
  return secret ? { secret } : {};
}

/** A secret that the caller gave is named, not shown. */
function shown(config: Record<string, unknown>, variable: string): Record<string, unknown> {
  return process.env[variable] ? { ...config, secret: `$${variable}` } : config;
}

function summary(simulator: Simulator, options: Options): Record<string, unknown> {
  const [provider] = simulator.providers;
  const [gateway] = simulator.gateways;
  const place = (system: { name: string; url: string; bookFile: string }): object => {
    const { name, url: base, bookFile } = system;
    return { name, url: base, bookFile, bookUrl: `${base}/book` };
  };
  return {
    seed: simulator.seed,
    ...(provider ? { provider: place(provider) } : {}),
    ...(gateway ? { gateway: place(gateway) } : {}),
    PADO_PAYOUT_PROVIDERS: JSON.stringify(simulator.providers.map((p) => shown(p.config(), options.providerSecretEnv))),
    PADO_GATEWAYS: JSON.stringify(simulator.gateways.map((g) => shown(g.config(), options.gatewaySecretEnv))),
  };
}

function page(simulator: Simulator, options: Options): string {
  const lines = [`seed      ${simulator.seed}`];
  for (const [kind, systems] of [
    ['provider', simulator.providers] as const,
    ['gateway', simulator.gateways] as const,
  ]) {
    for (const { name, url: base, bookFile } of systems) {
      lines.push(`${kind.padEnd(9)} ${name}  ${base}`, `${' '.repeat(9)} book ${bookFile}  ${base}/book`);
    }
  }
  const { PADO_PAYOUT_PROVIDERS, PADO_GATEWAYS } = summary(simulator, options);
  lines.push(
    '',
    `PADO_PAYOUT_PROVIDERS='${String(PADO_PAYOUT_PROVIDERS)}'`,
    `PADO_GATEWAYS='${String(PADO_GATEWAYS)}'`,
  );
  return [...lines, '', 'Ctrl-C ends it.', ''].join('\n');
}

function fault(text: string, previous: Faults = { provider: {}, gateway: {} }): Faults {
  const match = /^(?:(provider|gateway)\.)?([A-Za-z0-9]+)=(\d*\.?\d+)$/.exec(text);
  const name = match?.[2];
  const rate = Number(match?.[3]);
  if (!name || !(RATE_NAMES as readonly string[]).includes(name) || !(rate >= 0 && rate <= 1)) {
    throw new InvalidArgumentError(`It is NAME=RATE, the rate from 0 to 1, the name one of ${RATE_NAMES.join(', ')}.`);
  }
  const change = { [name as RateName]: rate };
  return {
    provider: match?.[1] === 'gateway' ? previous.provider : { ...previous.provider, ...change },
    gateway: match?.[1] === 'provider' ? previous.gateway : { ...previous.gateway, ...change },
  };
}

function span(text: string): Span {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) throw new InvalidArgumentError('It is milliseconds, or min-max.');
  return match[2] === undefined ? Number(match[1]) : [Number(match[1]), Number(match[2])];
}

function system(text: string): System {
  if (text !== 'provider' && text !== 'gateway') throw new InvalidArgumentError('It is provider or gateway.');
  return text;
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function positive(text: string): number {
  if (count(text) === 0) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}

function port(text: string): number {
  if (count(text) > 65_535) throw new InvalidArgumentError('It is a port, 0 to 65535.');
  return Number(text);
}

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new InvalidArgumentError('It is an http(s) URL.');
  return text.replace(/\/+$/, '');
}

function time(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It is a time of RFC 3339.');
  return ms;
}
