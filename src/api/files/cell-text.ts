/**
 * A cell of a workbook as the text that was meant: an id keeps the leading zeros that its format shows, a date is ISO 8601, a number is its
 * plain decimal. What cannot be relied on is a fault, never a guess.
 */
import { INVALID_DATE, type NumberStyle } from './number-style.js';

export type CellText = { text: string } | { fault: string };

export const TEXT_TOO_LONG = 'has a text that is longer than any of a cell';

/** Excel keeps 15 digits; the rest of a longer number is lost. */
const DIGITS_KEPT = 15;
const UNSAFE = 10 ** DIGITS_KEPT;
const DAY_SECONDS = 86_400;
/** 9999-12-31. */
const SERIAL_MAX = 2_958_465;
/** 1900 was no leap year, but Excel has its 29 February, number 60: later days count from a day earlier. */
const NO_SUCH_DAY = 60;

/** `epoch1904`: days count from 1904 as on old Macintoshes. */
export function numberText(raw: string, style: NumberStyle, epoch1904: boolean): CellText {
  const value = Number(raw);
  if (raw.trim() === '' || !Number.isFinite(value)) return { fault: 'is not the number that it says it is' };
  if (style.kind === 'date') return dateText(value, epoch1904);
  if (Math.abs(value) >= UNSAFE) {
    return {
      fault: `is a number of more than ${DIGITS_KEPT} digits, of which Excel keeps no more: format its column as text`,
    };
  }
  const plain = plainDecimal(value);
  if (style.kind === 'mask' && /^\d+$/.test(plain)) return { text: masked(plain, style.mask) };
  return { text: plain };
}

function plainDecimal(value: number): string {
  const shortest = String(Number(value.toPrecision(DIGITS_KEPT)));
  if (!shortest.includes('e')) return shortest === '-0' ? '0' : shortest;
  return Number(shortest)
    .toFixed(20)
    .replace(/\.?0+$/, '');
}

/** `mask`: zeros for digits, filled from the right; the first one takes what is left over. */
function masked(digits: string, mask: readonly string[]): string {
  const places = mask.filter((part) => part === '0').length;
  const padded = digits.padStart(places, '0');
  let at = padded.length - places;
  let first = true;
  return mask
    .map((part) => {
      if (part !== '0') return part.slice(1);
      const text = first ? padded.slice(0, at + 1) : padded.charAt(at);
      first = false;
      at += 1;
      return text;
    })
    .join('');
}

function dateText(serial: number, epoch1904: boolean): CellText {
  const seconds = Math.round(serial * DAY_SECONDS);
  const day = Math.floor(seconds / DAY_SECONDS);
  if (seconds < 0 || day > SERIAL_MAX || (!epoch1904 && day === NO_SUCH_DAY)) return { fault: INVALID_DATE };
  const time = new Date((seconds - day * DAY_SECONDS) * 1_000).toISOString().slice(11, 19);
  if (serial < 1) return { text: time };
  const first = epoch1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < NO_SUCH_DAY ? 31 : 30);
  const date = new Date(first + day * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
  return { text: time === '00:00:00' ? date : `${date}T${time}` };
}

/** Characters that XML cannot hold are written `_x000D_`. */
export function unescaped(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
