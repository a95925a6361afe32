/**
 * Results that are recorded in groups, one group after the other: while one is written the next one gathers, so that groups grow with what comes back
 * meanwhile and only one of them at a time waits for the rows that all of them need.
 */
export interface Gathering<T> {
  /** Recorded with the others, at the latest when somebody asks for all. */
  add(result: T): void;
  /** Resolves once all that was added before is recorded. Errors: that of the first group that could not be. */
  all(): Promise<void>;
}

/** `together`: so many are recorded without being asked for, as it says at each. */
export function gathering<T>(together: () => number, record: (results: T[]) => Promise<void>): Gathering<T> {
  let waiting: T[] = [];
  let isAsked = false;
  let failed: { error: unknown } | undefined;
  let last = Promise.resolve();
  const group = async (): Promise<void> => {
    const results = waiting;
    waiting = [];
    isAsked = false;
    if (results.length === 0) return;
    try {
      await record(results);
    } catch (error) {
      failed ??= { error };
    }
  };
  const next = () => (last = last.then(group));
  return {
    add(result) {
      waiting.push(result);
      if (isAsked || waiting.length < together()) return;
      isAsked = true;
      void next();
    },
    async all() {
      await next();
      if (failed) throw failed.error;
    },
  };
}
