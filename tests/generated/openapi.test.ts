/**
 * docs/openapi.json is the API as the code describes it: clients are generated from it, and its changes are read in review.
 */
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { openApiOf } from '../../src/api/http/openapi.js';
import type { ApiDeps } from '../../src/api/ports.js';
import { createApi } from '../../src/api/serve.js';
import { AppModule } from '../../src/app.module.js';
import { parseConfig } from '../../src/config.js';
import { createPool } from '../../src/storage/pool.js';
import { createRedis } from '../../src/storage/redis.js';
import { expectGenerated } from '../support/generated.js';

describe('docs/openapi.json', () => {
  it('is what the code describes', async () => {
    const config = parseConfig({
      PADO_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      REDIS_URL: 'redis://127.0.0.1:1',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      PADO_LOG_LEVEL: 'silent',
    });
    // Describing calls nothing: no connection is made before the first query.
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
    try {
      const document = openApiOf(app);
      expect(document.openapi).toBe('3.1.0');
      expect(Object.keys(document.paths).length).toBeGreaterThan(20);
      const schemas = document.components?.schemas ?? {};
      const referred = JSON.stringify(document).match(/"\$ref":"[^"]*"/g) ?? [];
      const names = referred.map((text) => /^"\$ref":"#\/components\/schemas\/(.*)"$/.exec(text)?.[1]);
      expect(names.filter((name) => name === undefined || schemas[name] === undefined)).toEqual([]);
      expect(Object.entries(schemas).filter(([name, schema]) => JSON.stringify(schema).endsWith(`/${name}"}`))).toEqual(
        [],
      );
      expectGenerated('docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`);
    } finally {
      await app.close();
      redis.disconnect();
      await pool.end();
    }
  });
});
