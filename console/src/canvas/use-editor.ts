/**
 * The campaign that is edited: its history, the revision that it began from, what is kept of it in this browser, and what the server has by now.
 */
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Campaign, CampaignRecord } from '../client/types.gen.js';
import { useKeeping } from '../parts/kept.js';
import { forgetDraft, keepDraft, readDraft } from './draft.js';
import { begun, changed, redone, undone, type History } from './graph/history.js';
import { isSame } from './graph/pointer.js';

export interface Editor {
  campaign: Campaign;
  /** Begun from it; null: never saved. */
  revision: number | null;
  text: string | null;
  /** As the server has it by now; null: it has none. */
  saved: CampaignRecord | null;
  dirty: boolean;
  /** The server has another revision than the one that this began from. */
  moved: boolean;
  /** When it was kept in this browser; null: it cannot be; undefined: not yet. */
  keptAt: string | null | undefined;
  /** When what is shown was kept, where it was not begun just now. */
  restoredAt: string | null;
  canUndo: boolean;
  canRedo: boolean;
  /** `about`: changes of the same thing, one after another, are undone at once. */
  change: (to: Campaign | ((before: Campaign) => Campaign), about?: string | null) => void;
  setText: (text: string | null) => void;
  undo: () => void;
  redo: () => void;
  /** Begin anew from what the server has. */
  take: (saved: CampaignRecord) => void;
  /** Back to what it began from, or to what the server has by now. Can be undone. */
  discard: () => void;
  /** Mine is what shall be saved over theirs. */
  keepMine: () => void;
}

export function useEditor(saved: CampaignRecord | null, blank: Campaign): Editor {
  const key = saved?.key ?? null;
  const [kept] = useState(() => readDraft(key));
  const [history, setHistory] = useState<History<Campaign>>(() => begun(kept?.campaign ?? saved?.draft ?? blank));
  const [revision, setRevision] = useState(kept ? kept.revision : (saved?.revision ?? null));
  const [text, setText] = useState(kept?.text ?? null);
  const [keptAt, setKeptAt] = useState<string | null | undefined>(kept?.at);
  const [restoredAt, setRestoredAt] = useState<string | null>(kept?.at ?? null);
  const campaign = history.present;
  // what this began from; null: an older revision, which is nowhere any more
  const [base, setBase] = useState<Campaign | null>(
    kept && kept.revision !== (saved?.revision ?? null) ? null : (saved?.draft ?? blank),
  );
  const dirty = useMemo(() => base === null || !isSame(campaign, base), [campaign, base]);

  const keepNow = useCallback(() => {
    // comments are nowhere else
    if (!dirty && !text?.includes('#')) {
      forgetDraft(key);
      setKeptAt(undefined);
      return;
    }
    const at = new Date().toISOString();
    setKeptAt(keepDraft(key, { campaign, revision, text, at }) ? at : null);
  }, [campaign, revision, text, dirty, key]);
  useKeeping(keepNow);

  const take = useCallback((theirs: CampaignRecord) => {
    setHistory((before) => (isSame(before.present, theirs.draft) ? before : changed(before, theirs.draft, null)));
    setBase(theirs.draft);
    setRevision(theirs.revision);
    setRestoredAt(null);
  }, []);
  const change = useCallback<Editor['change']>(
    (to, about = null) =>
      setHistory((before) => changed(before, typeof to === 'function' ? to(before.present) : to, about)),
    [],
  );
  const behind = (saved?.revision ?? null) !== revision;
  useEffect(() => {
    // whoever has changed nothing sees what the others have
    if (saved && behind && !dirty) take(saved);
  }, [saved, behind, dirty, take]);
  return {
    campaign,
    revision,
    text,
    saved,
    dirty,
    moved: dirty && behind,
    keptAt,
    restoredAt: dirty ? restoredAt : null,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    change,
    setText,
    undo: () => setHistory(undone),
    redo: () => setHistory(redone),
    take,
    discard: () => (saved ? take(saved) : setHistory((before) => changed(before, blank, null))),
    keepMine: () => {
      setBase(saved?.draft ?? blank);
      setRevision(saved?.revision ?? null);
    },
  };
}
