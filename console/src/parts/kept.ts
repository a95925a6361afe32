/**
 * What is edited and not saved, kept in this browser until it is. Nothing is kept where there is no room, or storage is off.
 */

/** Null where nothing is kept, or nothing that can be read. */
export function readKept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null');
  } catch {
    return null;
  }
}

/** Whether the browser kept it. */
export function keep(name: string, value: unknown): boolean {
  try {
    localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(name);
  } catch {
    // storage is off: nothing was kept
  }
}
