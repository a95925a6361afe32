/**
 * A full disk, as servers complain of it, and what a person does about it: the same wherever it is seen.
 */
import type { StateFolder } from './state-folder.js';

export const NO_SPACE = /no space left on device/i;

export const makeSpace = (state: StateFolder): string =>
  `Make space below ${state.dir}, delete nothing of its folder postgres by hand, then: ./pado down, ./pado up. Everything goes on by itself.`;
