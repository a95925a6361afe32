/**
 * The packages that we stand on, judged without asking anybody: each version exact, each content pinned by its hash, each licence one that may be
 * distributed with ours. And by asking the registry: none with a known fault. A registry that answers no such question leaves that unjudged, which is said
 * and counted, and is a failure where PADO_AUDIT=required.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT, runCommand, type Ended } from './tools.js';

/** Not judged, and why; never the same as passed. */
export interface Unjudged {
  skipped: string;
}

const LICENCES = new Set(
  // MPL: of files that we do not change
  '0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 CC-BY-4.0 CC0-1.0 ISC MIT MIT-0 MPL-2.0 Python-2.0 Unlicense Zlib'.split(
    ' ',
  ),
);
/** Whose package.json names it in a form that npm does not read; each was read. */
const READ_BY_HAND: Record<string, string> = { busboy: 'MIT', streamsearch: 'MIT', unionfs: 'Unlicense' };

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ license: z.string().optional(), integrity: z.string().optional(), link: z.boolean().optional() }),
  ),
});
const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
export type Lock = z.infer<typeof lockSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** What is wrong, a line each. */
export function faultsOfPackages(manifest: Manifest, lock: Lock): string[] {
  const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  const loose = asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  const installed = Object.entries(lock.packages).filter(([path, { link }]) => path !== '' && !link);
  return [
    ...loose.map(([name, version]) => `${name} ${version}: no exact version`),
    ...installed.flatMap(([path, { license, integrity }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = license ?? READ_BY_HAND[name] ?? 'none';
      return [
        ...(integrity?.startsWith('sha512-') ? [] : [`${name}: no hash of its content`]),
        ...(allowed(licence) ? [] : [`${name}: its licence is ${licence}`]),
      ];
    }),
  ];
}

/** One of several that are offered is enough; of several that hold at once each has to be. */
const allowed = (licence: string): boolean =>
  licence
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((part) => LICENCES.has(part)));

export function judgePackages(): Ended {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
  const faults = faultsOfPackages(
    manifestSchema.parse(read('package.json')),
    lockSchema.parse(read('package-lock.json')),
  );
  return told(faults);
}

const told = (faults: string[]): Ended => ({
  code: faults.length > 0 ? 1 : 0,
  output: faults.map((fault) => `${fault}\n`).join(''),
});

/** Faults that do not reach us, each with why. This list shrinks. */
const ACCEPTED: Record<string, string> = {};
const GRAVE = new Set(['moderate', 'high', 'critical']);

const reportSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      severity: z.string(),
      via: z.array(z.union([z.string(), z.object({ title: z.string(), url: z.string() })])),
    }),
  ),
});

/** `output`: of `npm audit --json`, whatever stands around it. Null where it is no report. */
export function faultsOfAudit(output: string): string[] | null {
  const report = reportSchema.safeParse(jsonIn(output)).data;
  if (!report) return null;
  return Object.entries(report.vulnerabilities)
    .filter(([name, { severity }]) => GRAVE.has(severity) && ACCEPTED[name] === undefined)
    .flatMap(([name, { severity, via }]) =>
      via.map((one) =>
        typeof one === 'string' ? `${name}: ${severity}, by ${one}` : `${name}: ${severity}, ${one.title} ${one.url}`,
      ),
    );
}

function jsonIn(output: string): unknown {
  try {
    return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  } catch {
    return null;
  }
}

/** Of what an installation has; those of the tools that build and test it are not among it. */
export async function auditPackages(): Promise<Ended & Partial<Unjudged>> {
  const args = ['audit', '--json', '--omit=dev', '--fetch-retries=0', '--fetch-timeout=20000'];
  const { output } = await runCommand('npm', args);
  const faults = faultsOfAudit(output);
  if (faults) return told(faults);
  const why = 'the registry answers no audits';
  return process.env['PADO_AUDIT'] === 'required'
    ? { code: 1, output: `${why}\n` }
    : { code: 0, output: '', skipped: why };
}
