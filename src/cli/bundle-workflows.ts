/**
 * The last step of `npm run build`: the workflow code as one file beside the rest, so that no worker has to bundle it at its start. Where
 * that fails the build goes on: the worker tries again and says why.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflowBundle } from '../temporal/bundle.js';

const FILE = join(import.meta.dirname, '../../workflow-bundle.js');

rmSync(FILE, { force: true });
try {
  const bundle = await workflowBundle();
  if ('code' in bundle) {
    writeFileSync(`${FILE}.draft`, bundle.code);
    renameSync(`${FILE}.draft`, FILE);
  }
} catch (error) {
  process.stderr.write(
    `the workflows could not be bundled: ${error instanceof Error ? error.message : String(error)}\n`,
  );
}
