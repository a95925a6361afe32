/**
 * Undo and redo. Changes of the same thing one right after another (typing into one field) are one step.
 */
export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  /** What the last change was about; null after an undo, so that the next change is a step of its own. */
  about: string | null;
}

const STEPS_MAX = 200;

export const begun = <T>(present: T): History<T> => ({ past: [], present, future: [], about: null });

export function changed<T>(history: History<T>, present: T, about: string | null): History<T> {
  if (present === history.present) return history;
  const goesOn = about !== null && about === history.about && history.future.length === 0;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-STEPS_MAX);
  return { past, present, future: [], about };
}

export function undone<T>({ past, present, future }: History<T>): History<T> {
  const before = past.at(-1);
  if (past.length === 0) return { past, present, future, about: null };
  return { past: past.slice(0, -1), present: before as T, future: [present, ...future], about: null };
}

export function redone<T>({ past, present, future }: History<T>): History<T> {
  if (future.length === 0) return { past, present, future, about: null };
  return { past: [...past, present], present: future[0] as T, future: future.slice(1), about: null };
}
