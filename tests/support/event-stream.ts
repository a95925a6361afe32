/**
 * Server-sent events of a run as a test reads them, one after the other.
 */
import type { RunDetail } from '../../console/src/client/types.gen.js';

export interface Told {
  readAt: string;
  run: RunDetail | null;
}

export interface Followed {
  status: number;
  headers: Headers;
  /** The next event, or the next one that is as wanted; an error where the stream ends before. */
  next(wanted?: (told: Told) => boolean): Promise<Told>;
  /** When the server has ended it. */
  ended: Promise<void>;
  leave(): Promise<void>;
}

export async function eventsOf(url: string, headers: Record<string, string>): Promise<Followed> {
  const leaving = new AbortController();
  const response = await fetch(url, { headers, signal: leaving.signal });
  const told: Told[] = [];
  let wake: () => void = () => undefined;
  let over = false;
  const read = async () => {
    let rest = '';
    const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const chunk of text) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      told.push(
        ...blocks.filter((block) => block.startsWith('data: ')).map((block) => JSON.parse(block.slice(6)) as Told),
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
  const next = async (wanted: (one: Told) => boolean = () => true): Promise<Told> => {
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
