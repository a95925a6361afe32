/**
 * The verifier as a command: reads its arguments, says what it found. Exit codes: 0 the statement verifies, 1 it does not, 2 wrong usage or what cannot be read.
 */
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { verifyStatement, type Verdict } from './verify.js';

const USAGE = `verify-statement FILE --provider-settlements DIR --public-key KEY [--without-settlement PROVIDER]… [--json]

  FILE                        the statement, JSON Lines
  --provider-settlements DIR  the providers' settlements: DIR/<provider>/<yyyy-mm-dd>.csv
  --public-key KEY            the first key of the ledger: base64 of its DER, or a file with that or PEM
  --without-settlement NAME   a provider that settles nothing (repeatable)
  --json                      end with one line of JSON: {verified, month, state, figures, notes, faults}

Exit codes: 0 it verifies, 1 it does not, 2 wrong usage, or a file that cannot be read.
`;
const LISTED_MAX = 100;

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'provider-settlements': { type: 'string' },
        'public-key': { type: 'string' },
        'without-settlement': { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [file, ...more] = positionals;
    const { 'provider-settlements': settlements, 'public-key': key } = values;
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (file === undefined || more.length > 0 || !settlements || !key) throw new Error(USAGE);
    const asked = { file, settlements, publicKey: keyOf(key), without: values['without-settlement'] };
    const verdict = await verifyStatement(asked);
    process.stdout.write(page(verdict));
    const { faults } = verdict;
    if (values.json) process.stdout.write(`${JSON.stringify({ verified: faults.length === 0, ...verdict })}\n`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

function keyOf(given: string): string {
  const text = existsSync(given) ? readFileSync(given, 'utf8').trim() : given;
  const key = text.startsWith('-----')
    ? createPublicKey(text)
    : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

function page({ month, state, figures, notes, faults }: Verdict): string {
  const count = Object.entries(figures).map(([name, number]) => `${name} ${number}`);
  const listed = faults.slice(0, LISTED_MAX).map(({ where, what }) => `✖ ${where}: ${what}`);
  const unlisted = faults.length > LISTED_MAX ? [`… and ${faults.length - LISTED_MAX} more`] : [];
  const verdict = faults.length === 0 ? '✔ the statement verifies' : '✖ the statement does NOT verify';
  return `${[`Statement of ${month} (${state}): ${count.join(', ')}`, ...notes.map((note) => `  ${note}`), ...listed, ...unlisted, verdict].join('\n')}\n`;
}
