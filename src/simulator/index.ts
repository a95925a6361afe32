/**
 * The simulator: any number of payout providers and message gateways in this process, each with its own name, port,
 * secret, capabilities, faults and book, over one seed and one business clock.
 */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { CHANNELS } from './books.js';
import { BusinessClock, type ClockSetting } from './clock.js';
import type { FaultSettings, Span } from './faults.js';
import { MessageGateway, type GatewayOptions, type GatewayStats } from './gateway.js';
import { PayoutProvider, type ProviderOptions, type ProviderStats } from './provider.js';
import type { ReceiptRates } from './receipts.js';

export type { GatewayLine, MessageLine, ProviderLine } from './books.js';
export type { ClockSetting } from './clock.js';
export { RATE_NAMES, type FaultSettings, type RateName, type Span } from './faults.js';
export type { MessageGateway, PayoutProvider };
export type { ReceiptRates } from './receipts.js';

type Shared = 'seed' | 'clock' | 'callbackUrl';

/** What is left out: name `sim-pay`, random secret, port any, book `<books>/<name>.jsonl`, idempotent with look-up and settlement. */
export type ProviderSetup = Partial<Omit<ProviderOptions, Shared>>;

/** What is left out: as for a provider, name `sim-gate`, all channels, 500 a batch, no receipts. */
export type GatewaySetup = Partial<Omit<GatewayOptions, Shared | 'receipts'>> & { receipts?: Partial<ReceiptRates> };

export interface SimulatorOptions {
  /** Folder of the books. */
  books: string;
  /** Random when left out; read it from the simulator and print it. */
  seed?: string;
  /** One of each when both are left out. */
  providers?: readonly ProviderSetup[];
  gateways?: readonly GatewaySetup[];
  /** Base of our API, without `/v1`; callbacks wait until there is one. */
  callbackUrl?: string;
  /** Wall clock when left out. */
  clock?: ClockSetting;
}

export interface SimulatorStats {
  providers: Record<string, ProviderStats>;
  gateways: Record<string, GatewayStats>;
}

/** Start all of it, or none: a failure closes what was open already and is thrown. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const seed = options.seed ?? randomBytes(4).toString('hex');
  const clock = new BusinessClock(options.clock);
  const shared = { seed, clock, callbackUrl: options.callbackUrl };
  const areBothLeftOut = options.providers === undefined && options.gateways === undefined;
  const one = areBothLeftOut ? [{}] : [];
  const forProviders = (options.providers ?? one).map((setup) => providerOptions(setup, shared, options.books));
  const forGateways = (options.gateways ?? one).map((setup) => gatewayOptions(setup, shared, options.books));
  const books = [...forProviders, ...forGateways].map((system) => resolve(system.bookFile));
  if (new Set(books).size < books.length) throw new Error('Each provider and gateway needs a book of its own');
  const providers: PayoutProvider[] = [];
  const gateways: MessageGateway[] = [];
  try {
    for (const provider of forProviders) providers.push(await PayoutProvider.start(provider));
    for (const gateway of forGateways) gateways.push(await MessageGateway.start(gateway));
  } catch (error) {
    await Promise.all([...providers, ...gateways].map((system) => system.close()));
    throw error;
  }
  return new Simulator(seed, clock, providers, gateways);
}

export class Simulator {
  constructor(
    readonly seed: string,
    private readonly clock: BusinessClock,
    readonly providers: readonly PayoutProvider[],
    readonly gateways: readonly MessageGateway[],
  ) {}

  /** The first provider; throws when none was started. */
  get provider(): PayoutProvider {
    const [provider] = this.providers;
    if (!provider) throw new Error('This simulator has no provider');
    return provider;
  }

  /** The first gateway; throws when none was started. */
  get gateway(): MessageGateway {
    const [gateway] = this.gateways;
    if (!gateway) throw new Error('This simulator has no gateway');
    return gateway;
  }

  /** The two JSON values for the service's environment; they hold the secrets. */
  env(): { PADO_PAYOUT_PROVIDERS: string; PADO_GATEWAYS: string } {
    return {
      PADO_PAYOUT_PROVIDERS: JSON.stringify(this.providers.map((provider) => provider.config())),
      PADO_GATEWAYS: JSON.stringify(this.gateways.map((gateway) => gateway.config())),
    };
  }

  /** For every system. Throws RangeError on an unknown name, a rate outside 0..1 or a negative time. */
  setFaults(faults: Partial<FaultSettings>): void {
    for (const system of this.systems()) system.setFaults(faults);
  }

  setLatency(latencyMs: Span): void {
    for (const system of this.systems()) system.setLatency(latencyMs);
  }

  /** Every system: all rates to 0 and no latency; holding is apart. */
  heal(): void {
    for (const system of this.systems()) system.heal();
  }

  setClock(setting: ClockSetting): void {
    this.clock.set(setting);
  }

  setCallbackUrl(baseUrl: string): void {
    for (const system of this.systems()) system.setCallbackUrl(baseUrl);
  }

  stats(): SimulatorStats {
    return {
      providers: Object.fromEntries(this.providers.map((provider) => [provider.name, provider.stats()])),
      gateways: Object.fromEntries(this.gateways.map((gateway) => [gateway.name, gateway.stats()])),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.systems().map((system) => system.close()));
  }

  private systems(): (PayoutProvider | MessageGateway)[] {
    return [...this.providers, ...this.gateways];
  }
}

type SharedOptions = Pick<ProviderOptions, Shared>;

const DAY_MS = 86_400_000;
const CAPABILITIES = { idempotent: true, idempotencyMs: DAY_MS, lookup: true, visibilityMs: 0, zone: 'Asia/Seoul' };

function providerOptions(setup: ProviderSetup, shared: SharedOptions, books: string): ProviderOptions {
  const name = setup.name ?? 'sim-pay';
  const own = { name, secret: randomSecret(), bookFile: join(books, `${name}.jsonl`) };
  return { ...CAPABILITIES, settlement: true, ...own, ...given(setup), ...shared };
}

function gatewayOptions(setup: GatewaySetup, shared: SharedOptions, books: string): GatewayOptions {
  const name = setup.name ?? 'sim-gate';
  const own = { name, secret: randomSecret(), bookFile: join(books, `${name}.jsonl`) };
  const none: ReceiptRates = { delivered: 1, opened: 0, clicked: 0, bounced: 0, opted_out: 0 };
  const receipts = setup.receipts && { ...none, ...setup.receipts };
  return { ...CAPABILITIES, channels: CHANNELS, batchSize: 500, ...own, ...given(setup), ...shared, receipts };
}

function randomSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Without what is undefined, so that a default stands. */
function given<T extends object>(setup: T): T {
  return Object.fromEntries(Object.entries(setup).filter(([, value]) => value !== undefined)) as T;
}
