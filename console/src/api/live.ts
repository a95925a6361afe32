/**
 * What moves by itself, as the API tells it while its page is seen: each event goes into what was read before. Whoever cannot follow asks again every few
 * seconds instead, and comes back to the stream in its own time.
 */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { liveFollow } from '../client/sdk.gen.js';
import type { RunDetail } from '../client/types.gen.js';
import { useRead } from './lists.js';
import { LIVE_MS, queries } from './queries.js';
import { runsFind } from '../client/sdk.gen.js';

/** After so many failures in a row; somewhere in the second half of it, so that not all come back at once. */
const AGAIN_MS = [1_000, 2_000, 5_000, 15_000, 60_000] as const;
/** There is a sign of life every five seconds. */
const SILENT_MS = 15_000;

/** The run, followed where that is possible. */
export function useLiveRun(run: string) {
  const live = useFollowed(run);
  const read = useRead(keyOf(run), (signal) => runsFind({ path: { run }, signal }), live ? {} : { everyMs: LIVE_MS });
  return { ...read, live };
}

const keyOf = (run: string) => ['runs', run];

function useFollowed(run: string): boolean {
  const [live, setLive] = useState(false);
  const seen = useSyncExternalStore(whenSeen, () => document.visibilityState === 'visible');
  useEffect(() => {
    if (!seen) return undefined;
    const leaving = new AbortController();
    void follow(run, leaving.signal, setLive);
    return () => {
      leaving.abort();
      setLive(false);
    };
  }, [run, seen]);
  return live;
}

function whenSeen(changed: () => void): () => void {
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}

/** Again and again, until it is left. */
async function follow(run: string, leaving: AbortSignal, setLive: (live: boolean) => void): Promise<void> {
  for (let failures = 0; !leaving.aborted;) {
    const heard = await listen(run, leaving, () => setLive(true));
    if (leaving.aborted) return;
    setLive(false);
    failures = heard ? 0 : failures + 1;
    const waitMs = AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? LIVE_MS;
    await pause(waitMs * (0.5 + Math.random() / 2), leaving);
  }
}

/** Whether anything was heard, once the stream has ended: by its server, by silence, or because nobody looks any more. */
async function listen(run: string, leaving: AbortSignal, isLive: () => void): Promise<boolean> {
  const silent = new AbortController();
  const giveUp = () => silent.abort();
  let timer = setTimeout(giveUp, SILENT_MS);
  let heard = false;
  try {
    const { stream } = await liveFollow({
      path: { run },
      signal: AbortSignal.any([leaving, silent.signal]),
      sseMaxRetryAttempts: 1,
    });
    for await (const told of stream) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENT_MS);
      const { run: now } = told as { run: RunDetail | null };
      // what was asked before is older than what is told
      await queries.cancelQueries({ queryKey: keyOf(run), exact: true });
      if (leaving.aborted) break;
      queries.setQueryData<RunDetail>(keyOf(run), (before) => now ?? before);
      heard = true;
      isLive();
    }
  } catch {
    // as little as after an end: it is tried again
  } finally {
    clearTimeout(timer);
  }
  return heard;
}

function pause(ms: number, leaving: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    leaving.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
