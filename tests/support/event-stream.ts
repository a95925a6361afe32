/**
 * Server-sent events as a test reads them, one after the other: by default those of a run.
 */
import type { RunDetail } from '../../console/src/client/types.gen.js';

export interface Told {
  readAt: string;
  run: RunDetail | null;
}

export interface Followed<T = Told> {
  status: number;
  headers: Headers;
  /** The next event, or the next one that is as wanted; an error where the stream ends before. */
  next(wanted?: (told: T) => boolean): Promise<T>;
  /** When the server has ended it. */
  ended: Promise<void>;
  leave(): Promise<void>;
}

export async function eventsOf<T = Told>(url: string, headers: Record<string, string>): Promise<Followed<T>> {
  const leaving = new AbortController();
  const response = await fetch(url, { headers, signal: leaving.signal });
  const told: T[] = [];
  let wake: () => void = () => undefined;
  let over = false;
  const read = async () => {
    let rest = '';
    const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const chunk of text) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      told.push(
        ...blocks.filter((block) => block.startsWith('data: ')).map((block) => JSON.parse(block.slice(6)) as T),
      );
      wake();
    }
  };
  const ended = read()
    .catch(() => undefined)
    .finally(() => {
      over = true;
      wake();
    });
  const next = async (wanted: (one: T) => boolean = () => true): Promise<T> => {
    for (;;) {
      for (let one = told.shift(); one; one = told.shift()) if (wanted(one)) return one;
      if (over) throw new Error('the stream has ended');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const leave = async () => {
    leaving.abort();
    await ended;
  };
  return { status: response.status, headers: response.headers, next, ended, leave };
}
