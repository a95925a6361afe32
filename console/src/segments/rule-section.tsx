/**
 * The rule of a segment: as groups and fields, or as the JSON that is kept. Both are the same rule.
 */
import { SegmentedControl, Textarea } from '@mantine/core';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isSame } from '../canvas/graph/pointer.js';
import { Loaded } from '../parts/loaded.js';
import { Section } from '../parts/page.js';
import { GroupEditor } from './builder.js';
import { BuilderContext } from './context.js';
import { placed } from './rule/faults.js';
import { toForm, toRule, type GroupForm } from './rule/form.js';
import { readRule, ruleText } from './rule/text.js';
import { useCatalogue, useSegmentKeys } from './use-known.js';
import type { Counted } from './use-count.js';
import type { SegmentEditor } from './use-segment.js';

interface RuleProps {
  editor: SegmentEditor;
  counted: Counted;
  disabled: boolean;
}

export function RuleSection({ editor, counted, disabled }: RuleProps) {
  const { t } = useTranslation();
  const catalogue = useCatalogue();
  const segments = useSegmentKeys();
  const [view, setView] = useState<'builder' | 'json'>('builder');
  const faults = useMemo(() => placed(editor.form, counted.faults), [editor.form, counted.faults]);
  const wanted = useRef<string | null>(null);
  // with the drawing that has it: what runs behind a drawing may belong to the one before, which has not
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    document.getElementById(wanted.current)?.focus();
    wanted.current = null;
  });
  const change = (make: (root: GroupForm) => GroupForm, about: string | null) =>
    editor.change(({ form }) => ({ form: make(form) }), about === null ? null : `rule${about}`);
  const others = segments.filter((key) => key !== editor.saved?.key);
  return (
    <Section
      title={t('segments.rule')}
      beside={
        <SegmentedControl
          size="xs"
          aria-label={t('segments.view')}
          value={view}
          onChange={(to) => setView(to === 'json' ? 'json' : 'builder')}
          data={(['builder', 'json'] as const).map((value) => ({ value, label: t(`segments.views.${value}`) }))}
        />
      }
    >
      <div className="section-body builder" data-faults={counted.faults.length}>
        {view === 'json' ? (
          <Json editor={editor} disabled={disabled} />
        ) : (
          <Loaded query={catalogue}>
            {(known) => (
              <BuilderContext
                value={{
                  catalogue: known,
                  segments: others,
                  faults,
                  disabled,
                  GroupEditor,
                  change,
                  goTo: (id) => {
                    wanted.current = id;
                  },
                }}
              >
                <GroupEditor place={[]} group={editor.form} inside="rule" />
              </BuilderContext>
            )}
          </Loaded>
        )}
      </div>
    </Section>
  );
}

/** What is typed and is no rule stays in the field and out of the segment. */
function Json({ editor, disabled }: { editor: SegmentEditor; disabled: boolean }) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => ruleText(editor.rule));
  const read = readRule(text);
  const isOwn = read.ok && isSame(read.rule, editor.rule);
  useEffect(() => {
    // somebody else changed it: an undo, or what the server has
    setText((before) => {
      const now = readRule(before);
      return now.ok && !isSame(now.rule, editor.rule) ? ruleText(editor.rule) : before;
    });
  }, [editor.rule]);
  return (
    <Textarea
      aria-label={t('segments.views.json')}
      className="rule-json"
      autosize={false}
      rows={24}
      spellCheck={false}
      readOnly={disabled}
      error={
        read.ok
          ? undefined
          : read.pointer === null
            ? t('segments.noJson')
            : t('segments.noRule', { place: read.pointer === '' ? '/' : read.pointer })
      }
      data-read={isOwn}
      value={text}
      onChange={({ currentTarget: { value } }) => {
        setText(value);
        const typed = readRule(value);
        if (typed.ok && !isSame(typed.rule, toRule(editor.form))) editor.change({ form: toForm(typed.rule) }, 'json');
      }}
    />
  );
}
