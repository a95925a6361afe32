/**
 * Where this installation keeps its state, for every command: PADO_STATE, else `.pado` of the clone.
 */
import { join, resolve } from 'node:path';
import { ROOT } from './tools.js';

export function stateDir(): string {
  const named = process.env['PADO_STATE'];
  return named ? resolve(named) : join(ROOT, '.pado');
}

/** Downloaded programs are shared by all states that commands make, such as those of tests. */
export function toolsDir(): string {
  return join(stateDir(), 'tools');
}
