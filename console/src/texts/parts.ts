/**
 * Texts that only some pages need come with those pages; what was brought once is brought again in another language.
 */
import i18next from 'i18next';
import type { books } from './en/books.js';
import type { calendar } from './en/calendar.js';
import type { canvas } from './en/canvas.js';
import type { finance } from './en/finance.js';
import type { first } from './en/first.js';
import type { gallery } from './en/gallery.js';
import type { making } from './en/making.js';
import type { messages } from './en/messages.js';
import type { live } from './en/live.js';
import type { operations } from './en/operations.js';
import type { segments } from './en/segments.js';
import type { Language } from './start.js';

export type Parts = typeof finance &
  typeof books &
  typeof gallery &
  typeof canvas &
  typeof operations &
  typeof first &
  typeof segments &
  typeof messages &
  typeof live &
  typeof calendar &
  typeof making;
type Part =
  | 'finance'
  | 'books'
  | 'gallery'
  | 'canvas'
  | 'operations'
  | 'first'
  | 'segments'
  | 'messages'
  | 'live'
  | 'calendar'
  | 'making';

const PARTS: Record<Part, Record<Language, () => Promise<object>>> = {
  finance: {
    ko: async () => (await import('./ko/finance.js')).finance,
    en: async () => (await import('./en/finance.js')).finance,
  },
  books: {
    ko: async () => (await import('./ko/books.js')).books,
    en: async () => (await import('./en/books.js')).books,
  },
  first: {
    ko: async () => (await import('./ko/first.js')).first,
    en: async () => (await import('./en/first.js')).first,
  },
  gallery: {
    ko: async () => (await import('./ko/gallery.js')).gallery,
    en: async () => (await import('./en/gallery.js')).gallery,
  },
  operations: {
    ko: async () => (await import('./ko/operations.js')).operations,
    en: async () => (await import('./en/operations.js')).operations,
  },
  segments: {
    ko: async () => (await import('./ko/segments.js')).segments,
    en: async () => (await import('./en/segments.js')).segments,
  },
  messages: {
    ko: async () => (await import('./ko/messages.js')).messages,
    en: async () => (await import('./en/messages.js')).messages,
  },
  calendar: {
    ko: async () => (await import('./ko/calendar.js')).calendar,
    en: async () => (await import('./en/calendar.js')).calendar,
  },
  making: {
    ko: async () => (await import('./ko/making.js')).making,
    en: async () => (await import('./en/making.js')).making,
  },
  live: {
    ko: async () => (await import('./ko/live.js')).live,
    en: async () => (await import('./en/live.js')).live,
  },
  canvas: {
    ko: async () => (await import('./ko/canvas.js')).canvas,
    en: async () => (await import('./en/canvas.js')).canvas,
  },
};
const brought = new Set<Part>();
/** The first page is asked for before the language is known. */
const started = new Promise<void>((resolve) => i18next.on('initialized', () => resolve()));

export async function loadParts(language: Language, parts: Iterable<Part> = brought): Promise<void> {
  await Promise.all(
    [...parts].map(async (part) =>
      i18next.addResourceBundle(language, 'translation', await PARTS[part][language](), true),
    ),
  );
}

/** Of a route: its page and the texts that it needs. */
export function withTexts<T>(parts: readonly Part[], page: () => Promise<T>): () => Promise<T> {
  return async () => {
    const missing = parts.filter((part) => !brought.has(part));
    for (const part of missing) brought.add(part);
    const [loaded] = await Promise.all([page(), started.then(() => loadParts(i18next.language as Language, missing))]);
    return loaded;
  };
}
