/**
 * How the editor of a template looks, in the theme's own variables.
 */
import { EditorView } from '@codemirror/view';

export const look = EditorView.theme({
  '&': { color: 'var(--mantine-color-text)', fontSize: '14px', minHeight: 'inherit' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'inherit', lineHeight: '1.65', minHeight: 'inherit' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--mantine-color-text)', minHeight: 'inherit' },
  '.cm-line': { padding: '0 12px' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-liquid': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    fontSize: '0.93em',
    color: 'light-dark(var(--mantine-color-wave-8), var(--mantine-color-wave-3))',
  },
  '.cm-fault': {
    textDecoration: 'underline wavy var(--mantine-color-error)',
    textUnderlineOffset: '4px',
    textDecorationSkipInk: 'none',
  },
  '.cm-tooltip': {
    background: 'var(--paper)',
    border: '1px solid var(--edge)',
    borderRadius: '8px',
    boxShadow: '0 4px 14px rgb(0 0 0 / 16%)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    maxHeight: 'none',
    overflow: 'visible',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 12px', lineHeight: '1.6' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--hovered)', color: 'var(--mantine-color-text)' },
  '.cm-completionDetail': { marginLeft: '1em', fontStyle: 'normal', color: 'var(--mantine-color-dimmed)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
});
