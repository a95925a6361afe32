/**
 * The API process: ports from the wiring, Nest over them, and an orderly end.
 */
import 'reflect-metadata';
import type { Logger } from 'pino';
import { endsConnections } from './api/http/closing.js';
import { createApi, listen } from './api/serve.js';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { lostNudge } from './temporal/lost-nudge.js';
import type { Tracing } from './temporal/tracing.js';
import { wireApi } from './wiring.js';

export async function startApi(
  config: Config,
  logger: Logger,
  tracing: Tracing | null,
): Promise<{ url: string; close(): Promise<void> }> {
  const { close, ...deps } = await wireApi(
    config,
    (error) => {
      // a hint is lost: the sweep finds what it was for
      logger.warn(lostNudge(error), 'a nudge was lost');
    },
    tracing,
  );
  try {
    const app = await createApi(AppModule.register(deps));
    const endConnections = endsConnections(app.getHttpServer());
    const url = await listen(app, config.http);
    const end = async () => {
      endConnections();
      await app.close();
      await close();
    };
    return { url, close: end };
  } catch (error) {
    await close();
    throw error;
  }
}
