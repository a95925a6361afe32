/**
 * Names of synthetic customers: a common Korean family name with two common given-name syllables, put together by chance, so
 * that they are nobody's; and the names that software stumbles over.
 */
import type { Random } from './random.js';

/** Weights follow the shares of the census of 2015, in per cent of the population, roughly. */
const FAMILY_NAMES: readonly (readonly [string, number])[] = [
  ['김', 21],
  ['이', 15],
  ['박', 8],
  ['최', 5],
  ['정', 4],
  ['강', 2.4],
  ['조', 2.1],
  ['윤', 2.1],
  ['장', 2],
  ['임', 1.7],
  ['한', 1.5],
  ['오', 1.5],
  ['서', 1.5],
  ['신', 1.5],
  ['권', 1.4],
  ['황', 1.4],
  ['안', 1.4],
  ['송', 1.4],
  ['류', 1.3],
  ['홍', 1.1],
  ['남궁', 0.1],
  ['선우', 0.1],
];

const FIRST_SYLLABLES = '민서지하도예준현수은윤시건유태나다소채가재성승정혜'.split('');
const SECOND_SYLLABLES = '준서연윤우진영민현호아은희원빈혁석철미경숙란솔율담'.split('');

export function koreanName(random: Random): string {
  return random.weighted(FAMILY_NAMES) + random.pick(FIRST_SYLLABLES) + random.pick(SECOND_SYLLABLES);
}

/** Each is data like any other name: it must come out as it went in, and break nothing. */
export const HOSTILE_NAMES: readonly string[] = [
  `김"민'준`,
  "이서연'); drop table customers; --",
  '{{ customer.id }}{% assign x = 1 %}',
  '박{{',
  '최지우 👩‍👩‍👧‍👦🌊',
  '\u202Eمريم\u202C 정',
  '<b>강도윤</b>&amp;',
  '${jndi:x} %s %n \\u0041',
  '윤\u200B서\u00A0진',
  '=1+1',
  'ㅎㅏㄴㄱㅡㄹ',
  '가'.repeat(80),
];
