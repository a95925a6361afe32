/**
 * A text of a template, written: tags stand out, fields are offered as one types, and faults are marked at their place. The editor stands in a shadow
 * root, where its styles are sheets of the CSSOM, which the policy does not forbid.
 */
import {
  autocompletion,
  completionKeymap,
  startCompletion,
  type Completion,
  type CompletionContext,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { Annotation, EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, keymap, MatchDecorator, ViewPlugin, type DecorationSet } from '@codemirror/view';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, type Ref, type RefObject } from 'react';
import { flushSync } from 'react-dom';
import type { TemplateFields, TemplateJudgement } from '../client/types.gen.js';
import { offersAt } from './completion.js';
import { look } from './code-look.js';

export type Fault = TemplateJudgement['faults'][number];
export interface CodeHandle {
  insert: (text: string) => void;
  goTo: (fault: Fault) => void;
}
interface CodeProps {
  label: string;
  /** What a screen reader calls the list of offers. */
  offers: string;
  value: string;
  change: (value: string) => void;
  words: TemplateFields;
  faults: readonly Fault[];
  /** One line. */
  single?: boolean;
  disabled: boolean;
  ref?: Ref<CodeHandle>;
}

export function Code(props: CodeProps) {
  const { label, offers, single = false, disabled, value, faults } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const now = useRef(props);
  useEffect(() => {
    now.current = props;
  });
  useEffect(() => {
    const element = host.current as HTMLDivElement;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const extensions = extensionsOf({ label, offers, single, disabled, now });
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({ doc: now.current.value, extensions }),
    });
    view.current = made;
    element.addEventListener('keydown', keepKeys);
    return () => {
      element.removeEventListener('keydown', keepKeys);
      made.destroy();
      view.current = null;
    };
  }, [label, offers, single, disabled]);
  useLayoutEffect(() => {
    const made = view.current;
    if (made && made.state.doc.toString() !== value)
      made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value }, annotations: GIVEN.of(true) });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: setFaults.of(faults) });
  }, [faults]);
  useImperativeHandle(props.ref, () => ({
    insert: (text) => {
      const made = view.current;
      if (!made) return;
      made.dispatch(made.state.replaceSelection(text), { scrollIntoView: true });
      made.focus();
    },
    goTo: (fault) => {
      const made = view.current;
      if (!made) return;
      made.dispatch({ selection: { anchor: placeOf(made.state, fault).from }, scrollIntoView: true });
      made.focus();
    },
  }));
  return <div ref={host} className="code" data-faulty={faults.length > 0 || undefined} />;
}

interface Setting extends Pick<CodeProps, 'label' | 'offers' | 'disabled'> {
  single: boolean;
  now: RefObject<CodeProps>;
}

function extensionsOf({ label, offers, single, disabled, now }: Setting): Extension[] {
  const written = EditorView.updateListener.of(({ docChanged, state, transactions }) => {
    const given = transactions.some((change) => change.annotation(GIVEN));
    // at once: an older value that came later would take back what was typed since
    if (docChanged && !given) flushSync(() => now.current.change(state.doc.toString()));
  });
  return [
    history(),
    autocompletion({
      override: [(at) => offered(at, now.current.words)],
      icons: false,
      maxRenderedOptions: OFFERS_SHOWN,
    }),
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-multiline': String(!single) }),
    EditorState.phrases.of({ Completions: offers }),
    EditorState.readOnly.of(disabled),
    single ? ONE_LINE : [],
    REPLACED,
    TAGS,
    MARKS,
    look,
    written,
  ];
}

/** So many that the list needs no scrolling of its own: keys go through all of them. */
const OFFERS_SHOWN = 12;

/** A change that comes from outside. */
const GIVEN = Annotation.define<boolean>();

/** What is typed here is no key of the page's. */
function keepKeys(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || /^[zy]$/i.test(event.key)) event.stopPropagation();
}

function offered(at: CompletionContext, words: TemplateFields) {
  const found = offersAt(at.state.sliceDoc(0, at.pos), words, at.explicit);
  if (found === null) return null;
  const options = found.offers.map(({ label, text, kind, detail, goesOn }, n): Completion => ({
    label,
    type: kind,
    // in the API's order, where several fit as well
    boost: -Math.min(n, 99),
    ...(detail ? { detail } : {}),
    apply: (view, _, from, to) => {
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length } });
      if (goesOn) startCompletion(view);
    },
  }));
  return { from: found.from, options, filter: true, validFor: /^[\w.']*$/ };
}

/** Put by the browser over something marked, a letter would take the mark's look along as an inline style, which the policy forbids. */
const REPLACED = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    if (event.inputType !== 'insertText' || !event.data || view.state.selection.main.empty) return false;
    event.preventDefault();
    const replaced = view.state.replaceSelection(event.data);
    view.dispatch(view.state.update(replaced, { userEvent: 'input.type', scrollIntoView: true }));
    return true;
  },
});

const ONE_LINE = EditorState.transactionFilter.of((change) => (change.newDoc.lines > 1 ? [] : change));

const TAG = Decoration.mark({ class: 'cm-liquid' });
const tags = new MatchDecorator({ regexp: /\{\{.*?\}\}|\{%.*?%\}/g, decoration: TAG });
const TAGS = ViewPlugin.define(
  (view) => ({
    marks: tags.createDeco(view),
    update(change) {
      this.marks = tags.updateDeco(change, this.marks);
    },
  }),
  { decorations: ({ marks }) => marks },
);

const setFaults = StateEffect.define<readonly Fault[]>();
const FAULT = Decoration.mark({ class: 'cm-fault' });

/** From where the fault stands to the end of what is there, and never nothing of a text. */
function placeOf(state: EditorState, { line = 1, column = 1 }: Fault): { from: number; to: number } {
  const at = state.doc.line(Math.min(line, state.doc.lines));
  const from = Math.min(at.from + column - 1, at.to);
  const rest = /^(\{\{.*?\}\}|\{%.*?%\}|[\w.]+|.+)/.exec(state.sliceDoc(from, at.to))?.[0] ?? '';
  return { from, to: from + rest.length };
}

const MARKS = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    const told = change.effects.find((effect) => effect.is(setFaults));
    if (!told) return marks.map(change.changes);
    const places = told.value
      .filter(({ line }) => line !== undefined)
      .map((fault) => placeOf(change.state, fault))
      .filter(({ from, to }) => to > from);
    return Decoration.set(
      places.map(({ from, to }) => FAULT.range(from, to)),
      true,
    );
  },
  provide: (field) => EditorView.decorations.from(field),
});
