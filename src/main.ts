/**
 * One program, separate process roles: `api` (API), `worker` (Temporal worker), `create-key` and `link` (print a new API key, the token of a new one-time
 * link, once).
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { parseConfig, type Config } from './config.js';
import { createLogger } from './logging.js';
import { migrationNames } from './services/migration-files.js';
import { refuseOtherTables } from './services/migration-words.js';

async function runApi(config: Config, logger: Logger): Promise<void> {
  await refuseOtherTables(config.databaseUrl, 'api', migrationNames());
  const tracing = await tracingOf(config, 'api');
  const { startApi } = await import('./api-process.js');
  const api = await startApi(config, logger, tracing);
  logger.info({ url: api.url }, 'the API is ready');
  process.send?.({ ready: true, url: api.url });
  await stopSignal();
  await api.close();
  await tracing?.end();
}

async function runWorker(config: Config, logger: Logger): Promise<void> {
  await refuseOtherTables(config.databaseUrl, 'worker', migrationNames());
  const tracing = await tracingOf(config, 'worker');
  const { startWorker } = await import('./worker.js');
  const worker = await startWorker(config, logger, tracing);
  logger.info('the worker is ready');
  process.send?.({ ready: true, stopMs: worker.stopMs });
  void stopSignal().then(() => worker.stop());
  await worker.done;
  await tracing?.end();
}

async function tracingOf({ traced: wanted, build }: Config, role: string) {
  const { startTracing } = await import('./temporal/tracing.js');
  return await startTracing({ wanted, role, build });
}

async function createKey(config: Config): Promise<void> {
  const { values } = parseArgs({
    options: {
      role: { type: 'string', default: 'admin' },
      name: { type: 'string', default: 'first' },
      owner: { type: 'string' },
    },
    args: process.argv.slice(3),
  });
  const { key } = await import('./first-access.js');
  process.stdout.write(`${await key(config, values)}\n`);
}

async function createLink(config: Config): Promise<void> {
  const { values } = parseArgs({
    options: { person: { type: 'string', default: 'admin' }, roles: { type: 'string' }, name: { type: 'string' } },
    args: process.argv.slice(3),
  });
  const { link } = await import('./first-access.js');
  process.stdout.write(`${await link(config, values)}\n`);
}

/** Also the end of whoever started it and was told that it is ready. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && !process.connected) resolve();
    process.once('disconnect', () => resolve());
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

const role = process.argv[2];
const ROLES: Record<string, (config: Config, logger: Logger) => Promise<void>> = {
  api: runApi,
  worker: runWorker,
  'create-key': createKey,
  link: createLink,
};
const run = ROLES[role ?? ''];
if (!run) {
  process.stderr.write(`usage: main.js ${Object.keys(ROLES).join(' | ')}\n`);
  process.exit(2);
}
try {
  const config = parseConfig(process.env);
  const logger = createLogger(role as string, config.logLevel, config.build);
  await run(config, logger);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${role}: ${error instanceof Error ? error.message : 'failed'}\n`);
  process.exit(1);
}
