/**
 * What may be written at a place of a template: fields, filters, particles and tags, as the API lists them.
 */
import type { TemplateFields } from '../client/types.gen.js';

export interface Offer {
  /** As it is listed. */
  label: string;
  /** As it is written. */
  text: string;
  kind: 'variable' | 'filter' | 'particle' | 'tag';
  detail?: string;
  /** What is offered after it is a list, too. */
  goesOn?: boolean;
}
export interface Offers {
  /** Where what is written begins: that far is replaced. */
  from: number;
  offers: Offer[];
}

type Words = Pick<TemplateFields, 'variables' | 'filters' | 'particles' | 'tags'>;

/** `before`: the text up to the place. `asked`: somebody wants a list even where no output or tag is open. Null: there is nothing to offer. */
export function offersAt(before: string, words: Words, asked: boolean): Offers | null {
  const open = Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%'));
  const closed = Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
  if (open <= closed || open < 0) {
    if (!asked) return null;
    return { from: before.length, offers: variables(words).map((one) => ({ ...one, text: `{{ ${one.text} }}` })) };
  }
  const inner = before.slice(open + 2).replace(/^-/, '');
  const back = (text = '') => before.length - text.length;
  const particle = /\|\s*josa\s*:\s*(['"]?[^'"|]*)$/.exec(inner);
  if (particle) {
    const offers = words.particles.map((pair): Offer => ({ label: pair, text: `'${pair}'`, kind: 'particle' }));
    return { from: back(particle[1]), offers };
  }
  const filter = /\|\s*(\w*)$/.exec(inner);
  if (filter) return { from: back(filter[1]), offers: words.filters.map(filterOf) };
  const tag = /^\s*(\w*)$/.exec(inner);
  if (tag && before[open + 1] === '%')
    return { from: back(tag[1]), offers: words.tags.map((name): Offer => ({ label: name, text: name, kind: 'tag' })) };
  const name = /[\w.]*$/.exec(inner);
  return { from: back(name?.[0]), offers: variables(words) };
}

const filterOf = (name: string): Offer =>
  name === 'josa'
    ? { label: name, text: 'josa: ', kind: 'filter', goesOn: true }
    : { label: name, text: name, kind: 'filter' };

const variables = (words: Words): Offer[] =>
  words.variables.map(({ name, types }) => ({ label: name, text: name, kind: 'variable', detail: types.join(', ') }));
