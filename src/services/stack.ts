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

export type StackOptions = Omit<ServicesOptions, 'need'>;

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
    const ownerUrl = services.databaseUrl;
    const { appUrl, applied } = await prepareDatabase(options, ownerUrl);
    options.signal?.throwIfAborted();
    const env = {
      PADO_DATABASE_URL: appUrl,
      REDIS_URL: services.redisUrl,
      TEMPORAL_ADDRESS: services.temporalAddress,
    };
    return { services, ownerUrl, appUrl, applied, env };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

function prepareDatabase(options: StackOptions, ownerUrl: string): Promise<{ appUrl: string; applied: string[] }> {
  return reportStep(options.report, 'Tables', async () => {
    const { applied } = await migrate(ownerUrl);
    const named = process.env['PADO_DATABASE_URL'];
    if (named) {
      await grantAppRole(ownerUrl, decodeURIComponent(new URL(named).username));
      return { value: { appUrl: named, applied }, detail: `${count(applied)}, role of PADO_DATABASE_URL` };
    }
    const app = await ensureAppRole(ownerUrl, { password: appPassword(options, ownerUrl) });
    const role = app.separate
      ? 'the application has a role of its own'
      : 'this owner may not make roles: the application runs as the owner, and only triggers protect the ledger';
    return { value: { appUrl: app.url, applied }, detail: `${count(applied)}; ${role}` };
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
