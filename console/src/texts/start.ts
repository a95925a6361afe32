/**
 * The language: as chosen before, else the browser's, else Korean. Only the texts of the one in use are loaded.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from './en.js';
import type { canvas } from './en/canvas.js';
import type { gallery } from './en/gallery.js';
import type { operations } from './en/operations.js';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof canvas & typeof gallery & typeof operations };
  }
}

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEPT = 'pado.language';
type Texts = Record<Language, () => Promise<{ default: object }>>;
/** Those of every page; a page with many of its own adds them when it is gone to. */
const texts: Texts[] = [{ ko: () => import('./ko.js'), en: () => import('./en.js') }];

function preferred(): Language {
  const kept = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  return LANGUAGES.find((language) => language === kept) ?? 'ko';
}

async function load(language: Language): Promise<void> {
  for (const { default: bundle } of await Promise.all(texts.map((of) => of[language]())))
    i18next.addResourceBundle(language, 'translation', bundle);
  document.documentElement.lang = language;
}

export async function startTexts(): Promise<void> {
  const language = preferred();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: {},
    // React escapes what it renders
    interpolation: { escapeValue: false },
    partialBundledLanguages: true,
    react: { useSuspense: false },
  });
  await load(language);
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language);
  await load(language);
  await i18next.changeLanguage(language);
}

export async function addTexts(more: Texts): Promise<void> {
  if (!texts.includes(more)) texts.push(more);
  // before the start they come with all others
  if (i18next.isInitialized) await load(i18next.language as Language);
}
