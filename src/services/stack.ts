/**
 * Everything below API and worker, ready for them: services, migrated tables, the application's role, and the environment that
 * src/config.ts reads.
 */
import { createHmac } from 'node:crypto';
import { ensureAppRole, grantAppRole } from './app-role.js';
import { startServices, type Services, type ServicesOptions } from './index.js';
import { migrate } from './migrate.js';
import { reportStep } from './report.js';
import { StateFolder } from './state-folder.js';

export interface StackOptions extends Omit<ServicesOptions, 'need'> {
  /** Which database of the server to prepare, given the owner's URL of the usual one; that one where left out. */
  database?: (serverUrl: string) => Promise<string>;
}

export interface PreparedStack {
  services: Services;
  /** For migrations and the audit. */
  ownerUrl: string;
  /** The application's; the owner's where roles cannot differ. */
  appUrl: string;
  /** Names of the migrations applied now. */
  applied: string[];
  /** To be laid over the process's own for API, worker and `create-key`. */
  env: Record<string, string>;
}

/** Errors: those of `startServices` and `migrate`, after what had been started is stopped. */
export async function prepareStack(options: StackOptions): Promise<PreparedStack> {
  const services = await startServices({ ...options, need: ['postgres', 'redis', 'temporal'] });
  try {
    const { ownerUrl, appUrl, applied } = await prepareDatabase(options, services.databaseUrl);
    options.signal?.throwIfAborted();
    const env = {
      PADO_DATABASE_URL: appUrl,
      REDIS_URL: services.redisUrl,
      TEMPORAL_ADDRESS: services.temporalAddress,
      ...secretsOf(options),
    };
    return { services, ownerUrl, appUrl, applied, env };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

/** Of our own database we keep keys and the file beside them; of another's, and where the operator has said it, it is theirs to say. */
function secretsOf(options: StackOptions): Record<string, string> {
  if (options.database || process.env['DATABASE_URL']) return {};
  const state = StateFolder.open(options.stateDir, options.toolsDir);
  const boxes = { PADO_BOX_KEYS: process.env['PADO_BOX_KEYS'] ?? state.secret('box-key') };
  if (process.env['PADO_LEDGER_KEYS']) return boxes;
  return {
    ...boxes,
    PADO_LEDGER_KEYS: state.secret('ledger-key'),
    PADO_HEADS_FILE: process.env['PADO_HEADS_FILE'] ?? state.path('ledger-heads.jsonl'),
  };
}

type PreparedDatabase = Pick<PreparedStack, 'ownerUrl' | 'appUrl' | 'applied'>;

function prepareDatabase(options: StackOptions, serverUrl: string): Promise<PreparedDatabase> {
  return reportStep(options.report, 'Tables', async () => {
    const ownerUrl = options.database ? await options.database(serverUrl) : serverUrl;
    const { applied } = await migrate(ownerUrl);
    // It names a database too: another one is not meant.
    const named = options.database ? undefined : process.env['PADO_DATABASE_URL'];
    if (named) {
      await grantAppRole(ownerUrl, decodeURIComponent(new URL(named).username));
      return { value: { ownerUrl, appUrl: named, applied }, detail: `${count(applied)}, role of PADO_DATABASE_URL` };
    }
    const app = await ensureAppRole(ownerUrl, { password: appPassword(options, ownerUrl) });
    const role = app.separate
      ? 'the application has a role of its own'
      : 'this owner may not make roles: the application runs as the owner, and only triggers protect the ledger';
    return { value: { ownerUrl, appUrl: app.url, applied }, detail: `${count(applied)}; ${role}` };
  });
}

function count(applied: string[]): string {
  return applied.length === 0 ? 'up to date' : `${applied.length} migration${applied.length === 1 ? '' : 's'} applied`;
}

/** The same for all installations on one database that is not ours: each start sets it, and must not lock the others out. */
function appPassword(options: StackOptions, ownerUrl: string): string {
  const { password, pathname } = new URL(ownerUrl);
  if (process.env['DATABASE_URL'] && password) {
    return createHmac('sha256', decodeURIComponent(password)).update(`pado app role ${pathname}`).digest('base64url');
  }
  return StateFolder.open(options.stateDir, options.toolsDir).secret('app-role');
}
