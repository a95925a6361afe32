/**
 * One rule of the builder: which field, how it is compared, and with what. What is about events says below which ones.
 */
import { NativeSelect, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { pointerOf } from '../canvas/graph/pointer.js';
import { idOf, useBuilder, useWrong, Wrong } from './context.js';
import { EventsEditor } from './events.js';
import {
  blankRule,
  choicesOf,
  describedOf,
  nameOf,
  typesOf,
  withOperator,
  type Inside,
  type Seen,
} from './rule/catalogue.js';
import { withAt, type Place } from './rule/edit.js';
import type { Operator, RuleForm, ScalarForm } from './rule/form.js';
import { useFieldWords } from './use-words.js';
import { Values } from './values.js';

interface ClauseProps {
  place: Place;
  rule: RuleForm;
  inside: Inside;
  event: string | undefined;
  actions: ReactNode;
}

/** Names seen of the family that the field is of. */
function useSeen(inside: Inside, event: string | undefined): readonly Seen[] {
  const { seen } = useBuilder().catalogue;
  if (inside === 'rule') return seen.attributes;
  return seen.events.find(({ name }) => name === event)?.properties ?? [];
}

export function Clause({ place, rule, inside, event, actions }: ClauseProps) {
  const { t } = useTranslation();
  const words = useFieldWords();
  const { catalogue, disabled, change } = useBuilder();
  const seen = useSeen(inside, event);
  const described = describedOf(catalogue, rule.field, inside);
  const measured = rule.of && 'property' in rule.of ? rule.of : null;
  const properties = catalogue.seen.events.find(({ name }) => name === measured?.event)?.properties;
  const known = measured
    ? properties?.find(({ name }) => name === measured.property)
    : seen.find(({ name }) => rule.field.endsWith(`.${name}`));
  const types = typesOf(described, known);
  const first: ScalarForm = { type: types[0] ?? 'text', text: types[0] === 'boolean' ? 'true' : '' };
  const set = (to: RuleForm, about: string | null) => change((root) => withAt(root, place, to), about);
  const operators = described?.operators ?? [rule.operator];
  const offered = operators.includes(rule.operator) ? operators : [rule.operator, ...operators];
  const wrongOperator = useWrong([...place, 'operator']);
  return (
    <div className="rule-clause" data-clause={pointerOf(place)}>
      <div className="rule-line">
        <div className="rule-fields">
          <FieldChoice place={place} rule={rule} inside={inside} seen={seen} set={set} />
          <NativeSelect
            id={idOf(place, 'operator')}
            size="xs"
            className="rule-operator"
            aria-label={t('segments.operator')}
            disabled={disabled}
            error={wrongOperator}
            data={offered.map((value) => ({ value, label: words.operator(value) }))}
            value={rule.operator}
            onChange={({ currentTarget }) => set(withOperator(rule, currentTarget.value as Operator, first), null)}
          />
          <Values
            place={[...place, 'value']}
            rule={rule}
            described={described}
            types={types}
            first={first}
            set={(value, about) => set({ ...rule, ...(value === undefined ? {} : { value }) }, about)}
          />
        </div>
        {actions}
      </div>
      {rule.of && <EventsEditor place={[...place, 'of']} of={rule.of} />}
      <Wrong place={place} />
    </div>
  );
}

const OTHER = ' other';

/** A field of the catalogue. Of those with any names the seen ones, and whatever else is written. */
function FieldChoice(props: {
  place: Place;
  rule: RuleForm;
  inside: Inside;
  seen: readonly Seen[];
  set: (to: RuleForm, about: string | null) => void;
}) {
  const { place, rule, inside, seen, set } = props;
  const { t } = useTranslation();
  const words = useFieldWords();
  const { catalogue, disabled, goTo } = useBuilder();
  const { field } = rule;
  const name = nameOf(catalogue, field, inside);
  const family = field.split('.')[0] ?? '';
  const isSeen = seen.some((one) => field === `${family}.${one.name}`);
  const [writing, setWriting] = useState<string | null>(null);
  // whoever writes a name goes on writing it where it happens to be one that was seen
  const isOther = name !== null && (!isSeen || writing === family);
  const choices = choicesOf(catalogue, inside, seen);
  const isKnown = isOther || choices.some(({ fields }) => fields.includes(field));
  const choose = (value: string) => {
    const written = choices.find(({ kind, open }) => open && value === kind + OTHER)?.kind ?? null;
    const to = written === null ? value : `${written}.`;
    setWriting(written);
    const known = seen.find((one) => to.endsWith(`.${one.name}`));
    set(blankRule(catalogue, to, inside, { of: rule.of, seen: known }), null);
    if (written !== null) goTo(idOf(place, 'name'));
  };
  const wrong = useWrong([...place, 'field']);
  return (
    <>
      <NativeSelect
        id={idOf(place, 'field')}
        size="xs"
        className="rule-field"
        aria-label={t('segments.field')}
        disabled={disabled}
        error={wrong}
        data={[
          ...(isKnown ? [] : [{ value: field, label: field }]),
          ...choices.map(({ kind, fields, open }) => ({
            group: words.kind(kind),
            items: [
              ...fields.map((value) => ({ value, label: words.field(value) })),
              ...(open ? [{ value: `${kind}${OTHER}`, label: t('segments.otherName') }] : []),
            ],
          })),
        ]}
        value={isOther ? `${family}${OTHER}` : field}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      />
      {isOther && (
        <TextInput
          id={idOf(place, 'name')}
          size="xs"
          className="rule-name"
          aria-label={t('segments.name')}
          placeholder={t('segments.name')}
          disabled={disabled}
          maxLength={63}
          value={name}
          onChange={({ currentTarget }) =>
            set({ ...rule, field: `${family}.${currentTarget.value}` }, `${pointerOf(place)}/field`)
          }
        />
      )}
    </>
  );
}
