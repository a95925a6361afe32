/**
 * Loops that work on one queue side by side. None works on behind an activity that has been answered, unheard and uncancelled, its calls cut by the end
 * of the worker: at the first failure of one the others are told to take up nothing more, and end.
 */

/** `stop` is called at each failure. Errors: the first, once all have ended. */
export async function inLoops(count: number, loop: () => Promise<void>, stop: () => void): Promise<void> {
  const failures: unknown[] = [];
  const toItsEnd = async (): Promise<void> => {
    try {
      await loop();
    } catch (error) {
      failures.push(error);
      stop();
    }
  };
  await Promise.all(Array.from({ length: count }, toItsEnd));
  if (failures.length > 0) throw failures[0];
}
