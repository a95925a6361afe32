/**
 * How long a text is for the channel that carries it: characters, and for SMS and LMS bytes in EUC-KR (with the extension that Windows and the
 * carriers use, code page 949).
 */
import type { Channel } from '../base/channels.js';

/** Bytes that a text message holds; a carrier cuts or refuses what is longer. */
const BYTES_MAX: Partial<Record<Channel, number>> = { sms: 90, lms: 2_000 };

/** Null where the channel does not count them. */
export const bytesMaxOf = (channel: Channel): number | null => BYTES_MAX[channel] ?? null;

export interface TextSize {
  /** Unicode characters of title and body. */
  characters: number;
  /** Of the body in EUC-KR; null where the channel does not count bytes. */
  bytes: number | null;
  bytesMax: number | null;
  /** Characters that EUC-KR does not have, each once. */
  unknown: string[];
}

/** Every character that two bytes of KS X 1001 stand for, as the runtime's decoder has it. Made at the first use: some 8,400. */
let twoBytes: Set<string> | null = null;

function charactersOfTwoBytes(): Set<string> {
  const pairs: number[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x41; trail <= 0xfe; trail += 1) pairs.push(lead, trail, 0x0a);
  }
  const lines = new TextDecoder('euc-kr').decode(Uint8Array.from(pairs)).split('\n');
  return new Set(lines.filter((line) => line !== '\uFFFD' && Array.from(line).length === 1));
}

/** Code page 949 adds to KS X 1001 what it lacks of the modern syllables, and nothing else. */
const isSyllable = (character: string) => character >= '\uAC00' && character <= '\uD7A3';

/** Bytes in EUC-KR, and what it has no bytes for (counted as two). */
export function eucKrSize(text: string): { bytes: number; unknown: string[] } {
  twoBytes ??= charactersOfTwoBytes();
  const unknown = new Set<string>();
  let bytes = 0;
  for (const character of text) {
    const ascii = (character.codePointAt(0) as number) < 0x80;
    bytes += ascii ? 1 : 2;
    if (!ascii && !isSyllable(character) && !twoBytes.has(character)) unknown.add(character);
  }
  return { bytes, unknown: [...unknown] };
}

export function textSize(channel: Channel, { title, body }: { title: string | null; body: string }): TextSize {
  const characters = Array.from((title ?? '') + body).length;
  const bytesMax = bytesMaxOf(channel);
  if (bytesMax === null) return { characters, bytes: null, bytesMax: null, unknown: [] };
  return { characters, bytesMax, ...eucKrSize(body) };
}

/** Why the channel cannot carry a text of this size; null: it can. */
export function sizeFault({ bytes, bytesMax, unknown }: TextSize): string | null {
  if (bytes === null || bytesMax === null) return null;
  if (unknown.length > 0) return `has characters that EUC-KR does not have: ${unknown.slice(0, 5).join(' ')}`;
  return bytes > bytesMax ? `has ${bytes} bytes in EUC-KR; at most ${bytesMax} are carried` : null;
}
