/**
 * What the console knows of the API is made from docs/openapi.json: its client, and which roles may call what.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync, cpSync, globSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './sources.js';

const CLIENT = join(ROOT, 'console/src/client');
const GENERATOR = join(ROOT, 'node_modules/@hey-api/openapi-ts/bin/run.js');

interface Document {
  paths: Record<string, Record<string, { operationId?: string; 'x-roles'?: string[] }>>;
}

/** `{'payouts.list': ['finance', …], …}` as a module; what needs no role is not in it. */
export function accessModule({ paths }: Document): string {
  const lines = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ operationId, 'x-roles': roles }) => (operationId && roles ? [[operationId, roles] as const] : []))
    .map(([id, roles]) => `  '${id}': [${roles.map((role) => `'${role}'`).join(', ')}],\n`);
  return `/** Which roles may call what: x-roles of docs/openapi.json. Made by \`./pado check --only generated --update\`. */
export const ACCESS = {
${lines.toSorted().join('')}} as const satisfies Record<string, readonly string[]>;
`;
}

/** Every file of the client by its name. */
export async function generateClient(): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'pado-client-'));
  try {
    const config = {
      input: join(ROOT, 'docs/openapi.json'),
      output: { path: join(folder, 'client') },
      logs: { level: 'silent', file: false },
      plugins: [
        '@hey-api/typescript',
        { name: '@hey-api/client-fetch', throwOnError: true },
        { name: '@hey-api/sdk', responseStyle: 'data', client: true },
      ],
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    await promisify(execFile)(process.execPath, [GENERATOR, '-f', join(folder, 'config.json')], { cwd: ROOT });
    writeFileSync(
      join(folder, 'client/access.gen.ts'),
      accessModule(JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8')) as Document),
    );
    if (process.env['PADO_UPDATE'] === '1') {
      rmSync(CLIENT, { recursive: true, force: true });
      mkdirSync(CLIENT);
      cpSync(join(folder, 'client'), CLIENT, { recursive: true });
    }
    return filesOf(join(folder, 'client'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const presentClient = (): Record<string, string> => filesOf(CLIENT);

function filesOf(folder: string): Record<string, string> {
  const names = globSync('**/*.ts', { cwd: folder }).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
