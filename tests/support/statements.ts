/**
 * What a statement of the stores can do to others, by its text.
 */
export const endsTransaction = (text: string): boolean => text === 'commit' || text === 'rollback';

/** It surely waits for nobody's lock. */
export const isHarmless = (text: string): boolean =>
  text === 'begin' ||
  endsTransaction(text) ||
  (/^\s*select\b/.test(text) && !/for (no key )?(update|share)|for key share|pg_(try_)?advisory/.test(text));
