/**
 * What a demonstration breaks: the first of its simulated providers, by the simulator's own control.
 */
import type { Demonstrated } from './api/ports.js';
import type { Config } from './config.js';
import { SimulatedProvider } from './providers/simulated.provider.js';

/** Null: this is no demonstration, or it has no provider. */
export function demonstrated({ demonstration: campaign, providers, destinations }: Config): Demonstrated | null {
  const own = providers.find(({ kind }) => kind === 'http');
  if (campaign === null || own?.kind !== 'http') return null;
  const simulated = new SimulatedProvider(own, destinations);
  return { campaign, provider: own.name, paidThenSilent: simulated.paidThenSilent.bind(simulated) };
}
