/**
 * The segment that is edited: its history, the version that it began from, what is kept of it in this browser, and what the server has by now.
 */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { begun, changed, redone, undone, type History } from '../canvas/graph/history.js';
import { isSame } from '../canvas/graph/pointer.js';
import type { RuleGroup, SegmentRecord } from '../client/types.gen.js';
import { useKeeping } from '../parts/kept.js';
import { forgetDraft, keepDraft, readDraft, type Content } from './draft.js';
import { toForm, toRule, type GroupForm } from './rule/form.js';

interface Edited extends Omit<Content, 'rule'> {
  form: GroupForm;
}

export interface SegmentEditor {
  key: string;
  name: string;
  source: string | null;
  form: GroupForm;
  /** Of the form. */
  rule: RuleGroup;
  /** Begun from it; null: never saved. */
  version: number | null;
  saved: SegmentRecord | null;
  dirty: boolean;
  /** Its rule is not the one that is kept. */
  ruleDirty: boolean;
  /** The server has another version than the one that this began from. */
  moved: boolean;
  /** When it was kept in this browser; null: it cannot be; undefined: not yet. */
  keptAt: string | null | undefined;
  canUndo: boolean;
  canRedo: boolean;
  change: (to: Partial<Edited> | ((before: Edited) => Partial<Edited>), about?: string | null) => void;
  undo: () => void;
  redo: () => void;
  /** Begin anew from what the server has. */
  take: (saved: SegmentRecord) => void;
  /** Mine is what shall be saved over theirs. */
  keepMine: () => void;
  discard: () => void;
}

const BLANK: Content = {
  key: '',
  name: '',
  source: null,
  rule: { combinator: 'and', rules: [{ field: 'status', operator: '=', value: 'active' }] },
};

const editedOf = ({ key, name, source, rule }: Content): Edited => ({ key, name, source, form: toForm(rule) });

export function useSegment(saved: SegmentRecord | null): SegmentEditor {
  const keptAs = saved?.key ?? null;
  const [kept] = useState(() => readDraft(keptAs));
  const [history, setHistory] = useState<History<Edited>>(() => begun(editedOf(kept?.content ?? saved ?? BLANK)));
  const [version, setVersion] = useState(kept ? kept.version : (saved?.version ?? null));
  const [keptAt, setKeptAt] = useState<string | null | undefined>(kept?.at);
  // what this began from; null: an older version
  const [base, setBase] = useState<Content | null>(
    kept && kept.version !== (saved?.version ?? null) ? null : (saved ?? BLANK),
  );
  const edited = history.present;
  const rule = useMemo(() => toRule(edited.form), [edited.form]);
  const ruleDirty = useMemo(() => base === null || !isSame(rule, base.rule), [rule, base]);
  const dirty =
    ruleDirty || edited.name !== base?.name || edited.source !== base?.source || edited.key !== (base?.key ?? '');

  const keepNow = useCallback(() => {
    if (!dirty) {
      forgetDraft(keptAs);
      setKeptAt(undefined);
      return;
    }
    const at = new Date().toISOString();
    const { form: _form, ...named } = edited;
    setKeptAt(keepDraft(keptAs, { content: { ...named, rule }, version, at }) ? at : null);
  }, [edited, rule, version, dirty, keptAs]);
  useKeeping(keepNow);

  const take = useCallback((theirs: SegmentRecord) => {
    setHistory((before) => {
      const to = editedOf(theirs);
      if (isSame(before.present, to)) return before;
      // whoever has done nothing has nothing to undo
      return before.past.length === 0 ? begun(to) : changed(before, to, null);
    });
    setBase(theirs);
    setVersion(theirs.version);
  }, []);
  const change = useCallback<SegmentEditor['change']>(
    (to, about = null) =>
      setHistory((before) =>
        changed(before, { ...before.present, ...(typeof to === 'function' ? to(before.present) : to) }, about),
      ),
    [],
  );
  const behind = (saved?.version ?? null) !== version;
  useEffect(() => {
    // whoever has changed nothing sees what the others have
    if (saved && behind && !dirty) take(saved);
  }, [saved, behind, dirty, take]);
  return {
    ...edited,
    rule,
    version,
    saved,
    dirty,
    ruleDirty,
    moved: dirty && behind,
    keptAt,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    change,
    undo: () => setHistory(undone),
    redo: () => setHistory(redone),
    take,
    keepMine: () => {
      setBase(saved ?? BLANK);
      setVersion(saved?.version ?? null);
    },
    discard: () => (saved ? take(saved) : setHistory((before) => changed(before, editedOf(BLANK), null))),
  };
}
