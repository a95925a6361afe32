/**
 * A demonstration that goes on: customers, a campaign of two waves that lets them in one by one, and people who answer. Nothing of it ends by itself for
 * hours, so that whoever looks sees it move.
 */
import { generateCustomers } from '../generator/customers.js';
import { Responders, type SentMessage } from '../generator/responders.js';
import { reportStep, type Report } from '../services/report.js';
import { defineBasics, launch, MAIN, mainCampaign } from './campaigns.js';
import type { PadoClient } from './client.js';
import { COMES, Crowd } from './crowd.js';

export interface DemonstrationOptions {
  client: PadoClient;
  report: Report;
  seed: string;
  customers: number;
  /** Of this demonstration alone. */
  name: string;
  /** Business time at its beginning, epoch ms. */
  epochMs: number;
  provider: string;
  gateway: string;
  onMessage(listener: (message: SentMessage) => void): void;
  failed: (error: Error) => void;
  /** For an answer to a wave. */
  windowSeconds?: number;
}

/** What API and worker are told. Ambiguous payouts are a person's business soon: nobody stays for a quarter of an hour. */
export const DEMONSTRATION_ENV = { PADO_DEMONSTRATION: MAIN, PADO_PATIENCE_SECONDS: '10' };

/** Short enough to see both waves within a minute, long enough to be answered. */
const WINDOW_SECONDS = 20;
/** Each may be paid by more campaigns than this one. */
const REWARDS_EACH = 5;

/** Everything stands, and it moves; `close` ends the crowd and the answers. */
export async function demonstrate(options: DemonstrationOptions): Promise<{ close(): Promise<void> }> {
  const { client, report, seed, customers, epochMs, windowSeconds = WINDOW_SECONDS } = options;
  await reportStep(report, 'Customers', async () => {
    const { received } = await client.importCustomers(generateCustomers(seed, customers, epochMs));
    return { value: null, detail: `${received.toLocaleString('en-US')} people who do not exist` };
  });
  const { provider, gateway } = options;
  await reportStep(report, 'Campaign', async () => {
    await defineBasics(client, customers * REWARDS_EACH);
    const terms = { provider, gateway, windowSeconds, onEvent: COMES };
    await launch(client, MAIN, mainCampaign(terms), options.name);
    return { value: null, detail: `${MAIN}: two waves, a reward for whoever buys within ${windowSeconds} s` };
  });
  const responders = new Responders({
    seed,
    apiUrl: client.url,
    writeKey: client.writeKey,
    event: 'purchase',
    shares: [0.3, 0.2],
    windowMs: windowSeconds * 1_000,
    lateShare: 0.02,
    repeatShare: 0.05,
  });
  options.onMessage((message) => responders.receive(message));
  const crowd = new Crowd({ seed, client, customers }, options.failed);
  return {
    async close() {
      await crowd.close();
      await responders.close();
    },
  };
}
