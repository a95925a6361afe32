/**
 * What the API says in both languages, in the reader's.
 */
import { useTranslation } from 'react-i18next';
import type { Words } from '../../client/types.gen.js';

export function useWords(): (words: Words) => string {
  const { i18n } = useTranslation();
  return ({ en, ko }) => (i18n.language === 'ko' ? ko : en);
}
