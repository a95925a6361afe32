/**
 * What is edited and not saved, kept in this browser until it is, for the person who edits it. Nothing is kept where there is no room, or storage is off.
 */

import { useEffect } from 'react';

const KEEP_AFTER_MS = 400;
let owner = '';

/** Whose it is: somebody else at the same browser finds nothing of it. */
export function keepFor(person: string): void {
  owner = person;
}

const placeOf = (name: string) => `pado.${owner}.${name}`;

/** Null where nothing is kept, or nothing that can be read. */
export function readKept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(placeOf(name)) ?? 'null');
  } catch {
    return null;
  }
}

/** Whether the browser kept it. */
export function keep(name: string, value: unknown): boolean {
  try {
    localStorage.setItem(placeOf(name), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(placeOf(name));
  } catch {
    // storage is off: nothing was kept
  }
}

/** A moment after `keepNow` is another one, which it is with each change; or at once where the page is closed before. */
export function useKeeping(keepNow: () => void): void {
  useEffect(() => {
    const timer = setTimeout(keepNow, KEEP_AFTER_MS);
    window.addEventListener('pagehide', keepNow, { once: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pagehide', keepNow);
    };
  }, [keepNow]);
}
