/**
 * The language: as chosen before, else the browser's, else Korean. Only the texts of the one in use are loaded.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from './en.js';
import { loadParts, type Parts } from './parts.js';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en & Parts };
  }
}

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEPT = 'pado.language';
const TEXTS = { ko: () => import('./ko.js'), en: () => import('./en.js') } as const;

function preferred(): Language {
  const kept = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  return LANGUAGES.find((language) => language === kept) ?? 'ko';
}

async function load(language: Language): Promise<void> {
  const [{ default: texts }] = await Promise.all([TEXTS[language](), loadParts(language)]);
  // what a page has brought stays
  i18next.addResourceBundle(language, 'translation', texts, true);
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
