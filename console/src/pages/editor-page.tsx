/**
 * The page of something that is edited, new or existing. Its editor is large, and loaded when it is gone to.
 */
import { Suspense, type ComponentType } from 'react';
import { useParams } from 'react-router';
import { useRead } from '../api/lists.js';
import { useLive } from '../api/live.js';
import type { LiveTopic } from '../client/types.gen.js';
import { Coming } from './other.js';
import { Loaded } from '../parts/loaded.js';

/** `what`: of the cache, and what tells that somebody else has saved one; `find`: one of them by its key; the editor gets null where it is a new one. */
export function editorPage<T>(
  what: LiveTopic,
  find: (key: string, signal: AbortSignal) => Promise<T>,
  Editor: ComponentType<{ saved: T | null }>,
): ComponentType {
  return function EditorPage() {
    const { key } = useParams();
    const live = useLive(key === undefined ? [] : [what]);
    const found = useRead([what, key], (signal) => find(key ?? '', signal), {
      ...live.polled,
      enabled: key !== undefined,
    });
    return (
      <Suspense fallback={<Coming />}>
        {key === undefined ? (
          <Editor saved={null} />
        ) : (
          <Loaded query={found}>{(saved) => <Editor key={key} saved={saved} />}</Loaded>
        )}
      </Suspense>
    );
  };
}
