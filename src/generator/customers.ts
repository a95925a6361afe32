/**
 * Synthetic customers of a bank in the shape of `POST /v1/customers`. Customer `n` depends on the seed, `n` and `nowMs` alone; one at a
 * time is made, so that a million need no more memory than one. No name, phone or address can belong to anybody.
 */
import { HOSTILE_NAMES, koreanName } from './names.js';
import { Random } from './random.js';

export interface GeneratedConsent {
  granted: boolean;
  night: boolean;
}

/** One line of the NDJSON file. */
export interface GeneratedCustomer {
  id: string;
  status: 'active' | 'incident' | 'withdrawn';
  zone: 'Asia/Seoul';
  /** By `<channel>:<purpose>`; absent means never asked. */
  consents: Record<string, GeneratedConsent>;
  addresses: { push?: string; phone?: string; email?: string };
  attributes: Record<string, string | number | boolean>;
}

const DAY_MS = 86_400_000;
/** Every tenth of the first customers is hostile until each name has been there, so that small sets have them all. */
const HOSTILE_EVERY = 10;

const STATUSES = [
  ['active', 96],
  ['incident', 2],
  ['withdrawn', 2],
] as const;
const GRADES = [
  ['vip', 3],
  ['gold', 12],
  ['silver', 25],
  ['basic', 60],
] as const;
const REGIONS = [
  ['경기', 26],
  ['서울', 18],
  ['부산', 6],
  ['경남', 6],
  ['인천', 6],
  ['경북', 5],
  ['대구', 5],
  ['충남', 4],
  ['전남', 4],
  ['전북', 3],
  ['대전', 3],
  ['강원', 3],
  ['충북', 3],
  ['광주', 3],
  ['울산', 2],
  ['제주', 1],
  ['세종', 1],
] as const;
const PRODUCTS = [
  ['입출금통장', 40],
  ['체크카드', 20],
  ['적금', 14],
  ['신용카드', 12],
  ['전세대출', 7],
  ['신용대출', 7],
] as const;

/** The id of customer `n`, counted from 0. */
export const customerIdOf = (n: number): string => `c${String(n + 1).padStart(7, '0')}`;

/** `count` customers as of `nowMs` (epoch ms). */
export function* generateCustomers(seed: string, count: number, nowMs: number): Generator<GeneratedCustomer> {
  for (let n = 0; n < count; n += 1) yield generateCustomer(seed, n, nowMs);
}

/** Customer `n`, counted from 0. */
export function generateCustomer(seed: string, n: number, nowMs: number): GeneratedCustomer {
  const random = new Random(seed, 'customer', n);
  const status = random.weighted(STATUSES);
  return {
    id: customerIdOf(n),
    status,
    zone: 'Asia/Seoul',
    consents: consents(random),
    addresses: addresses(random, n),
    attributes: attributes(random, n, nowMs),
  };
}

/** Of a channel's advertising: granted, refused, or never asked. */
function asked(random: Random, granted: number, refused: number, nightShare: number): GeneratedConsent | undefined {
  const draw = random.unit();
  if (draw < granted) return { granted: true, night: random.hits(nightShare) };
  return draw < granted + refused ? { granted: false, night: false } : undefined;
}

function consents(random: Random): Record<string, GeneratedConsent> {
  const all: Record<string, GeneratedConsent | undefined> = {
    'push:advertising': asked(random, 0.85, 0.05, 0.1),
    'sms:advertising': asked(random, 0.6, 0.15, 0.05),
    'lms:advertising': asked(random, 0.55, 0.15, 0.05),
    'email:advertising': asked(random, 0.45, 0.2, 0),
    'push:information': asked(random, 0.3, 0.01, 0),
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, GeneratedConsent] => !!entry[1]));
}

/**
 * Country code 999 is assigned to no country (ITU-T E.164, list of assigned codes), and the domains are those of RFC 2606: nothing
 * reaches anybody, whatever goes wrong.
 */
function addresses(random: Random, n: number): GeneratedCustomer['addresses'] {
  const token = Array.from({ length: 4 }, () => random.whole(0, 0xffff_ffff).toString(16).padStart(8, '0')).join('');
  const phone = `+99910${String(n % 100_000_000).padStart(8, '0')}`;
  const email = `${customerIdOf(n)}@${random.pick(['example.com', 'example.net', 'example.org'])}`;
  if (random.hits(0.01)) return {};
  return { push: token, phone, ...(random.hits(0.8) ? { email } : {}) };
}

function attributes(random: Random, n: number, nowMs: number): GeneratedCustomer['attributes'] {
  const name = nameOf(random, n);
  const age = Math.round(19 + 61 * ((random.unit() + random.unit() + random.unit()) / 3));
  const daysWithUs = Math.floor(random.unit() ** 2 * 3_650);
  return {
    ...(name === null ? {} : { name }),
    age,
    gender: random.pick(['female', 'male']),
    grade: random.weighted(GRADES),
    region: random.weighted(REGIONS),
    mainProduct: random.weighted(PRODUCTS),
    joinedOn: seoulDate(nowMs - daysWithUs * DAY_MS),
    salaryTransfer: random.hits(0.35),
    balanceKrw: Math.round(10 ** (4 + 4 * random.unit())),
  };
}

/** One in a thousand came from an old system without a name. */
function nameOf(random: Random, n: number): string | null {
  const name = koreanName(random);
  const turn = n / HOSTILE_EVERY;
  if (Number.isInteger(turn) && turn < HOSTILE_NAMES.length) return HOSTILE_NAMES[turn] ?? name;
  if (random.hits(0.0005)) return random.pick(HOSTILE_NAMES);
  return random.hits(0.001) ? null : name;
}

/** Korea has had no daylight saving time since 1988. */
const SEOUL_OFFSET_MS = 9 * 3_600_000;

function seoulDate(atMs: number): string {
  return new Date(atMs + SEOUL_OFFSET_MS).toISOString().slice(0, 10);
}
