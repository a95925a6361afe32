/**
 * A stream of the API, followed while its page is seen: again and again until it is left. Whoever cannot follow asks again every few seconds instead, and comes
 * back to the stream in its own time.
 */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { LIVE_MS } from './queries.js';

/** After so many failures in a row; somewhere in the second half of it, so that not all come back at once. */
const AGAIN_MS = [1_000, 2_000, 5_000, 15_000, 60_000] as const;
/** There is a sign of life every five to seven seconds. */
const SILENT_MS = 15_000;

/** `broken`: it was tried, and what is shown is asked for every few seconds instead. */
export type Following = 'coming' | 'live' | 'broken';

interface Listener {
  /** Ends when nobody looks any more, or when the stream was silent for too long. */
  signal: AbortSignal;
  /** Something came. */
  heard: () => void;
  /** All of it is known: nothing has to be asked for. */
  isLive: () => void;
}
type Listen = (listener: Listener) => Promise<void>;

/** `what`: of another one another stream is opened, of an empty one none. */
export function useFollowed(what: string, listen: Listen): Following {
  const [following, setFollowing] = useState<Following>('coming');
  const seen = useSyncExternalStore(whenSeen, () => document.visibilityState === 'visible');
  const newest = useRef(listen);
  useEffect(() => {
    newest.current = listen;
  });
  useEffect(() => {
    if (!seen || what === '') return undefined;
    const leaving = new AbortController();
    void follow((listener) => newest.current(listener), leaving.signal, setFollowing);
    return () => {
      leaving.abort();
      setFollowing('coming');
    };
  }, [what, seen]);
  return following;
}

/** What whoever cannot follow does instead. */
export const polled = (following: Following, everyMs: number = LIVE_MS): { everyMs?: number } =>
  following === 'live' ? {} : { everyMs };

function whenSeen(changed: () => void): () => void {
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}

async function follow(listen: Listen, leaving: AbortSignal, set: (following: Following) => void): Promise<void> {
  for (let failures = 0; !leaving.aborted;) {
    const heard = await listenOnce(listen, leaving, () => set('live'));
    if (leaving.aborted) return;
    set('broken');
    failures = heard ? 0 : failures + 1;
    const waitMs = AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? LIVE_MS;
    await pause(waitMs * (0.5 + Math.random() / 2), leaving);
  }
}

/** Whether anything was heard, once the stream has ended: by its server, by silence, or because nobody looks any more. */
async function listenOnce(listen: Listen, leaving: AbortSignal, isLive: () => void): Promise<boolean> {
  const silent = new AbortController();
  const giveUp = () => silent.abort();
  let timer = setTimeout(giveUp, SILENT_MS);
  let wasHeard = false;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, SILENT_MS);
    wasHeard = true;
  };
  try {
    await listen({ signal: AbortSignal.any([leaving, silent.signal]), heard, isLive });
  } catch {
    // as little as after an end: it is tried again
  } finally {
    clearTimeout(timer);
  }
  return wasHeard;
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
