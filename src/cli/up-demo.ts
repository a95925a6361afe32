/**
 * `pado up --demo`: an installation of its own beside whatever data is here, with simulated systems and a campaign that goes on, until Ctrl-C. Its
 * database and books are made anew by each.
 */
import { randomBytes } from 'node:crypto';
import colors from 'picocolors';
import { demonstrate, DEMONSTRATION_ENV } from '../demo/demonstration.js';
import { startInstallation, type Installation } from '../demo/installation.js';
import { FIRST, letIn, SECOND } from '../demo/people.js';
import { reportStep } from '../services/report.js';
import { StateFolder } from '../services/state-folder.js';
import { startOutside } from './demo-outside.js';
import { readyCard } from './ready-card.js';
import { stateDir } from './state-dir.js';
import { tickList } from './terminal.js';

/** For some hours. */
const CUSTOMERS = 10_000;

interface Stopping {
  signal: AbortSignal;
  wait: Promise<void>;
  again(act: () => void): void;
}

export async function upDemo(options: { json?: boolean }, stop: Stopping): Promise<void> {
  const [failing, impatient] = [new AbortController(), new AbortController()];
  stop.again(() => impatient.abort());
  const failed = (error: Error) => failing.abort(error);
  const signal = AbortSignal.any([stop.signal, failing.signal]);
  const report = tickList();
  const common = { state: StateFolder.open(stateDir()), seed: randomBytes(4).toString('hex'), report, signal, failed };
  let installation: Installation | null = null;
  let going: { close(): Promise<void> } | null = null;
  try {
    const env = DEMONSTRATION_ENV;
    installation = await startInstallation({ ...common, startOutside, impatient: impatient.signal, env });
    const { client, outside, name, epochMs } = installation;
    const [provider, gateway] = [outside.provider.name, outside.gateway.name];
    const onMessage = outside.onMessage.bind(outside);
    going = await demonstrate({ ...common, client, customers: CUSTOMERS, name, epochMs, provider, gateway, onMessage });
    const [signIn, second] = [await letIn(client, FIRST), await letIn(client, SECOND)];
    present({ urls: { api: client.url, docs: `${client.url}/docs` }, signIn, second }, options);
    await Promise.race([stop.wait, new Promise((resolve) => failing.signal.addEventListener('abort', resolve))]);
    failing.signal.throwIfAborted();
  } catch (error) {
    if (!stop.signal.aborted) throw failing.signal.aborted ? failing.signal.reason : error;
  } finally {
    await reportStep(report, 'Stopped', async () => {
      await going?.close();
      await installation?.stop();
      return { value: null, detail: 'the demonstration' };
    });
  }
}

function present(ready: Parameters<typeof readyCard>[0], { json }: { json?: boolean }): void {
  const { urls, signIn, second } = ready;
  if (json) process.stdout.write(`${JSON.stringify({ ...urls, signIn, second })}\n`);
  else process.stdout.write(`${readyCard(ready, { demo: true, background: false }, colors).join('\n')}\n`);
}
