/**
 * Search in lists that people keep, of hundreds or thousands of rows: the words stand somewhere in the text, in upper or lower case.
 */

/** Of an SQL text and a placeholder whose value is the words, or null: then every row is taken. */
export const hasWords = (text: string, placeholder: string): string =>
  `(${placeholder}::text is null or strpos(lower((${text}) collate "default"), lower(normalize(${placeholder}::text))) > 0)`;
