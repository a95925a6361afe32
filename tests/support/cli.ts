/**
 * A verb of the command line against a test's installation, as somebody calls it; of another build where one is named.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Role, Stack } from './stack.js';

const DIST = join(import.meta.dirname, '../../dist');

export interface Told {
  code: number | null;
  stdout: string;
  stderr: string;
}

export const operatorCalls = (stack: Stack, args: readonly string[], dist?: string): Promise<Told> =>
  callCli(stack, 'operator', args, dist);

export async function callCli(stack: Stack, as: Role, args: readonly string[], dist = DIST): Promise<Told> {
  const child = spawn(process.execPath, [join(dist, 'src/cli.js'), ...args], {
    env: {
      ...process.env,
      PADO_URL: stack.api.url,
      PADO_API_KEY: stack.keys[as],
      TEMPORAL_ADDRESS: stack.temporalAddress,
      TEMPORAL_NAMESPACE: stack.namespace,
      NODE_OPTIONS: '',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}
