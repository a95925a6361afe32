/**
 * The verifier of draws as a command. Exit codes: 0 every draw is what the seed gives, 1 some is not, 2 wrong usage or what cannot be read.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { verifyDraws, type PublishedBox } from './draws.js';

const USAGE = `verify-draws FILE --box BOX [--commitment HEX]

  FILE              the draws of a lucky box, CSV: GET /v1/exports/lucky-box-draws.csv?box=KEY
  --box BOX         the closed box, JSON: GET /v1/lucky-boxes/KEY
  --commitment HEX  as you wrote it down before the first draw; without it the box's own is taken on trust

Exit codes: 0 every draw verifies, 1 some does not, 2 wrong usage, or a file that cannot be read.
`;
const LISTED_MAX = 100;

/** Returns the exit code. */
export function main(args: readonly string[]): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { box: { type: 'string' }, commitment: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
    const [file, ...more] = positionals;
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (file === undefined || more.length > 0 || !values.box) throw new Error(USAGE);
    const box = JSON.parse(readFileSync(values.box, 'utf8')) as PublishedBox;
    const faults = verifyDraws(readFileSync(file, 'utf8'), box, values.commitment);
    const listed = faults.slice(0, LISTED_MAX).map(({ where, what }) => `✖ ${where}: ${what}`);
    const unlisted = faults.length > LISTED_MAX ? [`… and ${faults.length - LISTED_MAX} more`] : [];
    const trust = values.commitment
      ? []
      : ['  The commitment is the box’s own: compare it with what was published at the launch.'];
    const verdict = faults.length === 0 ? '✔ every draw is what the seed gives' : '✖ the draws do NOT verify';
    process.stdout.write(
      `${[`Lucky box ${box.key}: ${box.drawn} draws`, ...trust, ...listed, ...unlisted, verdict].join('\n')}\n`,
    );
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}
