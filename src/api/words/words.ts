/**
 * What the API says to people, in their language: English, or Korean where `Accept-Language` asks for it. Kinds, keys and pointers are the same in each.
 */
import { KOREAN_FAULTS } from './ko-faults.js';
import { KOREAN_LIQUID } from './ko-liquid.js';
import { KOREAN_PROBLEMS } from './ko-problems.js';

/** English sentence → the other language's; `{}` stands for what varies, `{1}`, `{2}` for those parts in order. */
export type Words = Readonly<Record<string, string>>;

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

interface Phrase {
  pattern: RegExp;
  to: string;
}

const EXACT = new Map<string, string>();
const PHRASES: Phrase[] = [];
for (const [from, to] of Object.entries({ ...KOREAN_FAULTS, ...KOREAN_LIQUID, ...KOREAN_PROBLEMS })) {
  if (!from.includes('{}')) EXACT.set(from, to);
  else PHRASES.push({ pattern: phrasePattern(from), to });
}
// what says more comes first: a phrase may be the beginning of another one
PHRASES.sort((a, b) => b.pattern.source.length - a.pattern.source.length);

function phrasePattern(from: string): RegExp {
  const parts = from.split('{}').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('(.*)')}$`, 's');
}

/** The sentence in the language; in English where nobody has translated it. */
export function say(sentence: string, language: Language): string {
  if (language === 'en') return sentence;
  const exact = EXACT.get(sentence);
  if (exact !== undefined) return exact;
  for (const { pattern, to } of PHRASES) {
    const found = pattern.exec(sentence);
    if (found) return to.replaceAll(/\{(\d)\}/g, (_, n: string) => say(found[Number(n)] ?? '', language)); // a part may be a sentence
  }
  return sentence;
}

const FAULTS = ['errors', 'faults', 'warnings'] as const;
interface Said {
  detail?: unknown;
}
type Answer = Record<string, unknown>;

const isProblem = ({ type }: Answer) => typeof type === 'string' && type.startsWith('urn:pado:problem:');
const isFaults = (value: unknown): value is readonly Said[] =>
  Array.isArray(value) && value.some((one: Said | null) => typeof one?.detail === 'string');

/** An answer whose title, detail and faults are said in the language; what says nothing to people is returned as it is. */
export function inWords(answer: unknown, language: Language): unknown {
  if (language === 'en' || typeof answer !== 'object' || answer === null) return answer;
  const told: Answer = {};
  const from = answer as Answer;
  if (isProblem(from))
    for (const field of ['title', 'detail'])
      if (typeof from[field] === 'string') told[field] = say(from[field], language);
  for (const field of FAULTS) {
    const faults = from[field];
    if (isFaults(faults)) told[field] = faults.map((one) => faultInWords(one, language));
  }
  return Object.keys(told).length === 0 ? answer : { ...answer, ...told };
}

function faultInWords(fault: Said, language: Language): Said {
  return typeof fault.detail === 'string' ? { ...fault, detail: say(fault.detail, language) } : fault;
}
