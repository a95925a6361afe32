/**
 * `pado bench NAME`: one benchmark at its usual or a given size, on services of its own. Figures are for comparing runs on one machine;
 * ratios, against a plain piece of work measured in the same run, travel a little further.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { Interrupted, runTests } from './test-run.js';
import { ROOT } from './tools.js';

interface Options {
  size?: number;
  seed: number;
  json?: boolean;
}

const SUFFIX = '.bench.test.ts';
const resultSchema = z.object({
  bench: z.string(),
  size: z.int(),
  seed: z.int(),
  figures: z.record(z.string(), z.number()),
  ratios: z.record(z.string(), z.number()),
  /** Machine, versions and variants: what a figure may be compared within. */
  surroundings: z.record(z.string(), z.string()),
});

const names = (): string[] =>
  globSync(`tests/bench/*${SUFFIX}`, { cwd: ROOT })
    .map((path) => basename(path, SUFFIX))
    .sort();

export function register(program: Command): void {
  program
    .command('bench <name>')
    .description('Measure one thing, on services of its own.')
    .option('--size <n>', 'how much of it; each has its usual size', positive)
    .option('--seed <n>', 'what is drawn, is drawn from it', positive, 1)
    .option('--json', 'end with one line of JSON: {bench, size, seed, figures, ratios, surroundings}')
    .addHelpText(
      'after',
      () => `\nBenchmarks: ${names().join(', ')}\nExit codes: 0 measured, 1 failed, 130 interrupted.`,
    )
    .action(async (name: string, options: Options) => {
      process.exitCode = await bench(name, options);
    });
}

async function bench(name: string, options: Options): Promise<number> {
  if (!names().includes(name)) {
    process.stderr.write(`There is no benchmark ${name}; there are: ${names().join(', ')}\n`);
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'pado-bench-'));
  const file = join(folder, 'result.json');
  try {
    const env = {
      PADO_BENCH_OUT: file,
      PADO_BENCH_SEED: String(options.seed),
      ...(options.size === undefined ? {} : { PADO_BENCH_SIZE: String(options.size) }),
    };
    const outcome = await runTests({ paths: [`tests/bench/${name}${SUFFIX}`], tier: 'all', noSkip: true, env });
    if (outcome.failed > 0) return 1;
    const result = resultSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    for (const [what, line] of Object.entries(result.surroundings)) process.stderr.write(`${what}: ${line}\n`);
    for (const [figure, value] of [...Object.entries(result.figures), ...Object.entries(result.ratios)]) {
      process.stderr.write(`${figure.padEnd(40)} ${value}\n`);
    }
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return 130;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return value;
}
