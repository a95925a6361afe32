/**
 * What moves by itself, as the API tells it: a run with all that it is, and of anything else that there is something new to read.
 */
import { useState } from 'react';
import { liveFollow, runsFind, topicsFollow } from '../client/sdk.gen.js';
import type { LiveTopic, RunDetail } from '../client/types.gen.js';
import { polled, useFollowed, type Following } from './following.js';
import { isShort, useRead } from './lists.js';
import { LIVE_MS, queries } from './queries.js';

/** The run, where there is one, followed where that is possible. */
export function useLiveRun(id: string | null) {
  const run = id ?? '';
  const following = useFollowed(run, async ({ signal, heard, isLive }) => {
    const { stream } = await liveFollow({ path: { run }, signal, sseMaxRetryAttempts: 1 });
    for await (const told of stream) {
      heard();
      const { run: now } = told as { run: RunDetail | null };
      // what was asked before is older than what is told
      await queries.cancelQueries({ queryKey: keyOf(run), exact: true });
      if (signal.aborted) break;
      queries.setQueryData<RunDetail>(keyOf(run), (before) => now ?? before);
      isLive();
    }
  });
  const read = useRead(keyOf(run), (signal) => runsFind({ path: { run }, signal }), {
    ...polled(following),
    enabled: id !== null,
  });
  return { ...read, following };
}

const keyOf = (run: string) => ['runs', run];

interface Heard {
  version: string;
  /** Business time of the newest look. */
  readAt: string;
  /** The browser's milliseconds: when anything was heard last, and when something else was to be read. */
  at: number;
  changedAt: number;
}

export interface Live {
  following: Following;
  /** Of `useRead` and `useList`: asked again where nobody tells. */
  polled: { everyMs?: number };
  /** As of when what was read at `dataUpdatedAt` is still so; the browser's milliseconds. */
  asOf(topic: LiveTopic, query: { dataUpdatedAt: number }): number;
  /** Business time as of which it is still so, at least that of the answer. */
  now(topic: LiveTopic, query: { dataUpdatedAt: number }, answered: string): string;
}

/**
 * Follows topics, all by one stream. A topic is the first word of the keys of what is read of it; those that are seen are asked again when something else is
 * to be read, `gapMs` apart at least, and what was read stays as it is for as long as nothing is.
 */
export function useLive(topics: readonly LiveTopic[], gapMs: number = LIVE_MS): Live {
  const [heard, setHeard] = useState<Partial<Record<LiveTopic, Heard>>>({});
  const following = useFollowed(topics.join(' '), async (listener) => {
    const { signal } = listener;
    const known = new Map<LiveTopic, Heard>();
    const again = apart(gapMs, signal);
    const { stream } = await topicsFollow({ query: { topic: [...topics] }, signal, sseMaxRetryAttempts: 1 });
    for await (const told of stream) {
      listener.heard();
      const { topic, readAt, version } = told;
      const at = Date.now();
      const before = known.get(topic);
      const isSame = before?.version === version;
      known.set(topic, { version, readAt, at, changedAt: isSame ? before.changedAt : at });
      setHeard(Object.fromEntries(known));
      if (!isSame) again(topic);
      if (topics.every((one) => known.has(one))) listener.isLive();
    }
  });
  const holds = (topic: LiveTopic, { dataUpdatedAt }: { dataUpdatedAt: number }): Heard | null => {
    const own = heard[topic];
    return own && dataUpdatedAt >= own.changedAt ? own : null;
  };
  return {
    following,
    polled: polled(following, gapMs),
    asOf: (topic, query) => Math.max(query.dataUpdatedAt, holds(topic, query)?.at ?? 0),
    now: (topic, query, answered) => {
      const { readAt = answered } = holds(topic, query) ?? {};
      return readAt > answered ? readAt : answered;
    },
  };
}

/** Asks for a topic again: at once, or when so long has gone by since the last time; never for what nobody looks at any more. */
function apart(gapMs: number, leaving: AbortSignal): (topic: LiveTopic) => void {
  const askedAt = new Map<LiveTopic, number>();
  const timers = new Map<LiveTopic, ReturnType<typeof setTimeout>>();
  leaving.addEventListener('abort', () => {
    for (const timer of timers.values()) clearTimeout(timer);
  });
  const ask = (topic: LiveTopic) => {
    timers.delete(topic);
    askedAt.set(topic, Date.now());
    void queries.invalidateQueries({ queryKey: [topic], predicate: isShort });
  };
  return (topic) => {
    if (timers.has(topic)) return;
    const waitMs = (askedAt.get(topic) ?? 0) + gapMs - Date.now();
    if (waitMs <= 0) ask(topic);
    else
      timers.set(
        topic,
        setTimeout(() => ask(topic), waitMs),
      );
  };
}
