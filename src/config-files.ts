/**
 * `NAME_FILE` instead of `NAME` for whatever may hold a secret: its value is then what that file holds, as orchestrators mount secrets. What is wrong is
 * told by the name of the variable, never by a value, a path or the file's content.
 */
import { readFileSync, statSync } from 'node:fs';

/** Those that are secrets, or hold some among other things. */
export const SECRETS = [
  'DATABASE_URL',
  'PADO_DATABASE_URL',
  'REDIS_URL',
  'PADO_PAYOUT_PROVIDERS',
  'PADO_GATEWAYS',
  'PADO_LINK_SECRETS',
  'PADO_LEDGER_KEYS',
  'PADO_BOX_KEYS',
  'PADO_HEADS_WEBHOOK',
  'PADO_API_KEY',
] as const;

const BYTES_MAX = 1_000_000;

/** The values that files give, and what is wrong by the variable that says it. */
export function valuesOfFiles(env: NodeJS.ProcessEnv): {
  values: Record<string, string>;
  faults: { variable: string; fault: string }[];
} {
  const values: Record<string, string> = {};
  const faults: { variable: string; fault: string }[] = [];
  for (const name of SECRETS) {
    const variable = `${name}_FILE`;
    const path = env[variable];
    if (path === undefined || path === '') continue;
    const text = env[name] ? null : readSecret(path);
    if (text !== null) values[name] = text;
    else faults.push({ variable, fault: env[name] ? `is given beside ${name}` : 'names no file that can be read' });
  }
  return { values, faults };
}

/** Lay what files hold over the environment of this process and of those that it starts. Errors: one Error that names every faulty variable. */
export function readSecretFiles(env: NodeJS.ProcessEnv): void {
  const { values, faults } = valuesOfFiles(env);
  if (faults.length > 0) throw new Error(faults.map(({ variable, fault }) => `${variable} ${fault}`).join('\n'));
  for (const [name, value] of Object.entries(values)) {
    env[name] = value;
    delete env[`${name}_FILE`];
  }
}

/** Without the line ends that editors add; null where there is none, or it is empty, too long or unreadable. */
function readSecret(path: string): string | null {
  try {
    const { size } = statSync(path);
    const text = size > BYTES_MAX ? '' : readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
    return text === '' ? null : text;
  } catch {
    return null;
  }
}
