/**
 * The API over nothing: for what it says of itself and refuses by itself. No connection is made before the first query.
 */
import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ApiDeps } from '../../src/api/ports.js';
import { createApi } from '../../src/api/serve.js';
import { AppModule } from '../../src/app.module.js';
import { parseConfig } from '../../src/config.js';
import { createPool } from '../../src/storage/pool.js';
import { createRedis } from '../../src/storage/redis.js';

export async function describedApi(): Promise<{ app: NestExpressApplication; close: () => Promise<void> }> {
  const config = parseConfig({
    PADO_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    REDIS_URL: 'redis://127.0.0.1:1',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PADO_LOG_LEVEL: 'silent',
  });
  const pool = createPool(config.databaseUrl);
  const redis = createRedis(config.redisUrl);
  const unused = {};
  const deps = {
    config,
    pool,
    redis,
    clock: unused,
    nudger: unused,
    alarms: unused,
    payoutBook: unused,
    events: unused,
    anonymous: unused,
    temporal: unused,
  } as ApiDeps;
  const app = await createApi(AppModule.register(deps));
  return {
    app,
    async close() {
      await app.close();
      redis.disconnect();
      await pool.end();
    },
  };
}
