/**
 * The template that is edited: the version that it began from, what is kept of it in this browser, and what the server has by now.
 */
import { useCallback, useEffect, useState } from 'react';
import type { TemplateContent, UsedTemplate } from '../client/types.gen.js';
import { forget, keep, readKept, useKeeping } from '../parts/kept.js';

export interface Content {
  channel: TemplateContent['channel'];
  title: string;
  body: string;
}
export interface Message {
  content: Content;
  /** Begun from it; null: never saved. */
  version: number | null;
  dirty: boolean;
  /** The server has another version than the one that this began from. */
  moved: boolean;
  /** When it was kept in this browser; null: it cannot be; undefined: not yet. */
  keptAt: string | null | undefined;
  restored: boolean;
  change: (to: Partial<Content>) => void;
  /** Begin anew from what the server has. */
  take: (saved: Content & { version: number }) => void;
  keepMine: () => void;
  forget: () => void;
}

const BLANK: Content = { channel: 'push', title: '', body: '' };
const nameOf = (key: string | null) => `message.${key ?? ''}`;

export const contentOf = ({
  channel,
  title,
  body,
}: {
  channel: Content['channel'];
  title?: string | null;
  body: string;
}): Content => ({
  channel,
  title: title ?? '',
  body,
});
const isSame = (a: Content, b: Content) => a.channel === b.channel && a.title === b.title && a.body === b.body;

interface Kept {
  content: Content;
  version: number | null;
  at: string;
}

function readMine(key: string | null): Kept | null {
  const kept = readKept(nameOf(key)) as Partial<Kept> | null;
  const { content, version = null, at = new Date(0).toISOString() } = kept ?? {};
  if (typeof content?.body !== 'string' || typeof content.title !== 'string' || typeof content.channel !== 'string')
    return null;
  return { content: contentOf(content), version, at };
}

export function useMessage(saved: UsedTemplate | null): Message {
  const key = saved?.key ?? null;
  const theirs = saved ? contentOf(saved) : BLANK;
  const [kept] = useState(() => readMine(key));
  const [content, setContent] = useState(kept?.content ?? theirs);
  const [version, setVersion] = useState(kept ? kept.version : (saved?.version ?? null));
  // what this began from; null: an older version than the server has
  const [base, setBase] = useState<Content | null>(kept && kept.version !== (saved?.version ?? null) ? null : theirs);
  const [keptAt, setKeptAt] = useState<string | null | undefined>(kept?.at);
  const [restored, setRestored] = useState(kept !== null);
  const dirty = base === null || !isSame(content, base);
  const keepNow = useCallback(() => {
    if (!dirty) {
      forget(nameOf(key));
      setKeptAt(undefined);
      return;
    }
    const at = new Date().toISOString();
    setKeptAt(keep(nameOf(key), { content, version, at }) ? at : null);
  }, [content, version, dirty, key]);
  useKeeping(keepNow);
  const take = useCallback((their: Content & { version: number }) => {
    setContent(contentOf(their));
    setBase(contentOf(their));
    setVersion(their.version);
    setRestored(false);
  }, []);
  const behind = (saved?.version ?? null) !== version;
  useEffect(() => {
    // whoever has changed nothing sees what the others have
    if (saved && behind && !dirty) take({ ...contentOf(saved), version: saved.version });
  }, [saved, behind, dirty, take]);
  return {
    content,
    version,
    dirty,
    moved: dirty && behind,
    keptAt,
    restored: dirty && restored,
    change: (to) => setContent((before) => ({ ...before, ...to })),
    take,
    keepMine: () => {
      setBase(theirs);
      setVersion(saved?.version ?? null);
    },
    forget: () => forget(nameOf(key)),
  };
}
