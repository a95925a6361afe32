/**
 * Prisma's schema engine in WebAssembly over one Postgres connection. Prisma's own adapter cuts scripts at every semicolon, also inside
 * function bodies and comments; here a script goes to the server whole, as one implicit transaction.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as runtime from '@prisma/schema-engine-wasm/schema_engine_bg';
import { __wbg_set_wasm as useInstance } from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n';

/** The part of the global that is used here; the types of Node do not name it. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object;
    Instance: new (compiled: object, imports: object) => { exports: Record<string, () => void> };
  };
};

let instantiated = false;

/** Once per process. */
function instantiate(): void {
  if (instantiated) return;
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const compiled = new WebAssembly.Module(readFileSync(join(folder, 'schema_engine_bg.wasm')));
  const { exports } = new WebAssembly.Instance(compiled, { './schema_engine_bg.js': bindings() });
  useInstance(exports);
  exports['__wbindgen_start']?.();
  instantiated = true;
}

/** The engine leaves its time-outs behind; they must not keep the process alive. */
function bindings(): object {
  const names = Object.keys(runtime).filter((name) => name.startsWith('__wbg_setTimeout_'));
  const unwaited = (callback: () => void, ms: number) => setTimeout(callback, ms).unref();
  return { ...runtime, ...Object.fromEntries(names.map((name) => [name, unwaited])) };
}

/** Work with an engine on that database; it and its connection end with the work. `lockWaitMs`: how long a script waits for any lock. */
export async function withSchemaEngine<T>(
  url: string,
  lockWaitMs: number,
  work: (engine: runtime.SchemaEngine) => Promise<T>,
): Promise<T> {
  instantiate();
  const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'pado-migrate' });
  pool.on('error', () => undefined); // the next query on it rejects with the reason
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(wholeScripts(new PrismaPg(pool), pool, lockWaitMs));
    const engine = await runtime.SchemaEngine.new(
      { datamodels: [['schema.prisma', DATASOURCE]] },
      () => undefined,
      adapter,
    );
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

function wholeScripts(inner: PrismaPg, pool: pg.Pool, lockWaitMs: number): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    connectToShadowDb: () => inner.connectToShadowDb(),
    async connect(): Promise<SqlDriverAdapter> {
      const adapter = await inner.connect();
      adapter.executeScript = async (script) => {
        try {
          await pool.query(`set lock_timeout = ${lockWaitMs}`); // of its one connection
          await pool.query(script);
        } catch (error) {
          throw asAdapterError(error);
        }
      };
      return adapter;
    },
  };
}

function asAdapterError(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = '', severity = 'ERROR', message, detail, column, hint } = error;
  return new DriverAdapterError({
    kind: 'postgres',
    originalCode: code,
    originalMessage: message,
    code,
    severity,
    message,
    detail,
    column,
    hint,
  });
}
