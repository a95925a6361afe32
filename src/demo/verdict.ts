/**
 * The audit's verdict as lines of text: each law with what was checked, and the first violations where there are any. Pure.
 */
import { grouped, type Colors } from './report.js';

export interface LawVerdict {
  law: number;
  title: string;
  checked: number;
  /** Not wrong, not yet at its end. */
  open: number;
  /** Violations; not all of them need to be listed. */
  found: number;
  violations: readonly { what: string; keys: Readonly<Record<string, string | number>> }[];
}

export interface Verdict {
  clean: boolean;
  laws: readonly LawVerdict[];
}

const VIOLATIONS_SHOWN = 3;
const TITLE_WIDTH = 34;
const NUMBER_WIDTH = 9;

export function openItems(verdict: Verdict): number {
  return verdict.laws.reduce((sum, { open }) => sum + open, 0);
}

export function verdictLines(verdict: Verdict, colors: Colors): string[] {
  return verdict.laws.flatMap((law) => lawLines(law, colors));
}

function lawLines({ law, title, checked, open, found, violations }: LawVerdict, colors: Colors): string[] {
  const mark = found > 0 ? colors.red('✖') : open > 0 ? colors.yellow('…') : colors.green('✔');
  const counts = [`${grouped(checked).padStart(NUMBER_WIDTH)} checked`];
  if (open > 0) counts.push(colors.yellow(`${grouped(open)} open`));
  if (found > 0) counts.push(colors.red(`${grouped(found)} violations`));
  const first = violations.slice(0, VIOLATIONS_SHOWN).map(({ what, keys }) => {
    const where = Object.entries(keys).map(([name, value]) => `${name}=${value}`);
    return `      ${colors.red(`${what}: ${where.join(' ')}`)}`;
  });
  return [
    `${mark} ${String(law).padStart(2)}  ${title.padEnd(TITLE_WIDTH)} ${colors.dim(counts.join(', '))}`,
    ...first,
  ];
}
