/**
 * What the demo needs of the systems of others, a payout provider and a message gateway. Whoever starts the demo brings them: the engine
 * must not know the simulator.
 */
import type { SentMessage } from '../generator/responders.js';
import type { OutsideFigures } from './report.js';

export interface Outside {
  provider: { name: string; bookFile: string };
  gateway: { name: string; bookFile: string };
  /** PADO_PAYOUT_PROVIDERS and PADO_GATEWAYS. */
  env: Readonly<Record<string, string>>;
  /** Where callbacks go from now on, and the business clock that both keep; epoch ms. */
  connect(to: { apiUrl: string; clock: { epochMs: number; baseMs: number } }): void;
  /** Each message that went out, once it is in the gateway's book. */
  onMessage(listener: (message: SentMessage) => void): void;
  seen(): OutsideFigures;
  close(): Promise<void>;
}

/** `suffix` keeps the names of demos apart that share a Redis. */
export type StartOutside = (options: { books: string; seed: string; suffix: string }) => Promise<Outside>;
