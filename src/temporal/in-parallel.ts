/**
 * A stream of things, some of them worked on at once: no more is read than is in hand.
 */

/** Errors: the first one of `work` or of the stream, after what was under way has ended. */
export async function inParallel<T>(
  atOnce: number,
  items: AsyncIterator<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    try {
      for (let next = await items.next(); failures.length === 0 && !next.done; next = await items.next())
        await work(next.value);
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}

/** The answers in the order of the stream, so many of them asked for ahead. Errors: those of `work` and of the stream. */
export async function* ahead<T, R>(
  atOnce: number,
  items: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const asked: Promise<R>[] = [];
  for await (const item of items) {
    const answer = work(item);
    answer.catch(() => undefined); // told when its turn comes
    asked.push(answer);
    if (asked.length >= atOnce) yield await (asked.shift() as Promise<R>);
  }
  for (const answer of asked) yield await answer;
}
