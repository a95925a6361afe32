/**
 * Makes the console's fonts from Pretendard (SIL Open Font License): one file with what the console's own texts are written in, and slices of the
 * other syllables of KS X 1001 for names, each loaded only where it is needed. Run when texts have changed much; nothing breaks without:
 *
 *   npm pack pretendard@1.3.9 && tar xzf pretendard-1.3.9.tgz package/dist/public/variable/PretendardVariable.ttf
 *   node console/build/fonts.ts package/dist/public/variable/PretendardVariable.ttf
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import subsetFont from 'subset-font';

const STYLES = join(import.meta.dirname, '../src/styles');
const TEXTS = join(import.meta.dirname, '../src/texts');
const SLICES = 5;

function syllables(): string[] {
  const decoder = new TextDecoder('euc-kr');
  const all: string[] = [];
  for (let row = 0xb0; row <= 0xc8; row++)
    for (let cell = 0xa1; cell <= 0xfe; cell++) all.push(decoder.decode(Uint8Array.of(row, cell)));
  return all.filter((character) => character !== '\ufffd');
}

function ownCharacters(): Set<string> {
  const files = ['ko', 'en'].flatMap((language) =>
    ['everyone', 'operator', 'marketer', 'finance'].map((part) => join(TEXTS, language, `${part}.ts`)),
  );
  const printable = Array.from({ length: 0x7f - 0x20 }, (_, n) => String.fromCodePoint(0x20 + n));
  const units = '일시간분초월년원억만천명건개 ₩€£¥–—…·×→›−’‘“”«»✓⌘ ';
  return new Set(
    [...printable, ...Array.from(units), ...files.flatMap((file) => Array.from(readFileSync(file, 'utf8')))].filter(
      (c) => c >= ' ',
    ),
  );
}

/** As CSS wants it: `U+20-7E, U+AC00`. */
function rangeOf(characters: Iterable<string>): string {
  const points = [...characters].map((character) => character.codePointAt(0) as number).toSorted((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const point of points) {
    const last = ranges.at(-1);
    if (last && point === last[1] + 1) last[1] = point;
    else ranges.push([point, point]);
  }
  const hex = (point: number) => point.toString(16).toUpperCase();
  return ranges.map(([from, to]) => (from === to ? `U+${hex(from)}` : `U+${hex(from)}-${hex(to)}`)).join(', ');
}

const source = readFileSync(process.argv[2] as string);
const own = ownCharacters();
const others = syllables().filter((syllable) => !own.has(syllable));
const size = Math.ceil(others.length / SLICES);
const slices = Array.from({ length: SLICES }, (_, n) => others.slice(n * size, (n + 1) * size));
rmSync(join(STYLES, 'fonts'), { recursive: true, force: true });
mkdirSync(join(STYLES, 'fonts'));
// of two faces that have a character the later one is taken
const faces = [...slices.map((slice, n) => [`names-${n + 1}`, slice] as const), ['own', [...own]] as const];
const css = await Promise.all(
  faces.map(async ([name, characters]) => {
    const font = await subsetFont(source, characters.join(''), {
      targetFormat: 'woff2',
      variationAxes: { wght: { min: 400, max: 700, default: 400 } },
    });
    writeFileSync(join(STYLES, 'fonts', `${name}.woff2`), font);
    return `@font-face {
  font-family: 'Pretendard';
  font-weight: 400 700;
  font-display: swap;
  src: url('./fonts/${name}.woff2') format('woff2');
  unicode-range: ${rangeOf(characters)};
}
`;
  }),
);
writeFileSync(
  join(STYLES, 'fonts.css'),
  `/* Made by console/build/fonts.ts from Pretendard 1.3.9, SIL Open Font License 1.1. */\n${css.join('')}`,
);
