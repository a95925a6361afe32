/**
 * The API process: ports from the wiring, Nest over them, and an orderly end.
 */
import 'reflect-metadata';
import { createApi, listen } from './api/serve.js';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { wireApi } from './wiring.js';

export async function startApi(config: Config): Promise<{ url: string; close(): Promise<void> }> {
  const { close, ...deps } = await wireApi(config);
  try {
    const app = await createApi(AppModule.register(deps));
    const url = await listen(app, config.http);
    const end = async () => {
      await app.close();
      await close();
    };
    return { url, close: end };
  } catch (error) {
    await close();
    throw error;
  }
}
