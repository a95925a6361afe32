/**
 * What a field is compared with: one value, two, or a list, by the type of the field.
 */
import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { pointerOf } from '../canvas/graph/pointer.js';
import type { SegmentFields } from '../client/types.gen.js';
import { partsOf, SPAN_UNITS, spanOf, type SpanUnit } from '../format/span.js';
import { idOf, useBuilder, useWrong } from './context.js';
import { arityOf } from './rule/catalogue.js';
import type { Place } from './rule/edit.js';
import type { RuleForm, ScalarForm, ValueType } from './rule/form.js';

type Value = RuleForm['value'];

interface ValuesProps {
  place: Place;
  rule: RuleForm;
  described: SegmentFields['fields'][number] | undefined;
  /** Types that its values may have. */
  types: readonly ValueType[];
  first: ScalarForm;
  set: (value: Value, about: string | null) => void;
}

export function Values(props: ValuesProps) {
  const { place, rule, described, types, set, first } = props;
  const { t } = useTranslation();
  const { disabled } = useBuilder();
  const arity = arityOf(rule.operator);
  const given = rule.value === undefined ? [] : Array.isArray(rule.value) ? rule.value : [rule.value];
  const type = given[0]?.type ?? first.type;
  const offered = types.includes(type) ? types : [type, ...types];
  const about = pointerOf(place);
  const wrong = useWrong(place);
  if (arity === 'none') return <span className="rule-values" />;
  const one = (n: number) => ({
    id: idOf(place, String(n)),
    label: t(arity === 'two' ? (n === 0 ? 'segments.from' : 'segments.to') : 'segments.value'),
    value: given[n] ?? first,
    field: rule.field,
    isSpan: described?.type === 'span',
    wrong: n === 0 ? wrong : undefined,
    change: (to: ScalarForm) =>
      set(arity === 'one' ? to : [0, 1].map((k) => (k === n ? to : (given[k] ?? first))), `${about}/${n}`),
  });
  return (
    <span className="rule-values">
      {arity === 'list' ? (
        <List {...props} given={given} type={type} wrong={wrong} />
      ) : (
        <>
          <One {...one(0)} />
          {arity === 'two' && <span aria-hidden="true">–</span>}
          {arity === 'two' && <One {...one(1)} />}
        </>
      )}
      {offered.length > 1 && (
        <NativeSelect
          size="xs"
          className="rule-type"
          aria-label={t('segments.type')}
          disabled={disabled}
          data={offered.map((value) => ({ value, label: t(`segments.types.${value}`) }))}
          value={type}
          onChange={({ currentTarget }) => {
            const to = currentTarget.value as ValueType;
            const typed = (value: ScalarForm): ScalarForm => ({ ...value, type: to });
            set(Array.isArray(rule.value) ? rule.value.map(typed) : typed(rule.value ?? first), null);
          }}
        />
      )}
    </span>
  );
}

interface OneProps {
  id: string;
  label: string;
  value: ScalarForm;
  field: string;
  isSpan: boolean;
  wrong: string | undefined;
  change: (to: ScalarForm) => void;
}

function One(props: OneProps) {
  const { value, field, isSpan, change } = props;
  const { t, i18n } = useTranslation();
  const { disabled, segments } = useBuilder();
  const shared = { id: props.id, size: 'xs', 'aria-label': props.label, disabled, error: props.wrong } as const;
  const text = (to: string) => change({ ...value, text: to });
  if (isSpan) return <Span {...props} iso={value.text} change={text} />;
  if (value.type === 'boolean') {
    const isConsent = field.startsWith('consent.');
    return (
      <NativeSelect
        {...shared}
        data={[
          { value: 'true', label: t(isConsent ? 'segments.granted' : 'segments.true') },
          { value: 'false', label: t(isConsent ? 'segments.refused' : 'segments.false') },
        ]}
        value={value.text === 'true' ? 'true' : 'false'}
        onChange={({ currentTarget }) => text(currentTarget.value)}
      />
    );
  }
  if (field === 'status') {
    const known = ['active', 'incident', 'withdrawn'] as const;
    return (
      <NativeSelect
        {...shared}
        data={[
          ...(known.some((one) => one === value.text) ? [] : [{ value: value.text, label: value.text }]),
          ...known.map((one) => ({ value: one, label: t(`states.customer.${one}`) })),
        ]}
        value={value.text}
        onChange={({ currentTarget }) => text(currentTarget.value)}
      />
    );
  }
  const number = value.type === 'number' && value.text.trim() !== '' ? Number(value.text) : Number.NaN;
  const names = field === 'segment' ? segments : [];
  return (
    <>
      <TextInput
        {...shared}
        type={value.type === 'date' ? 'date' : 'text'}
        inputMode={value.type === 'number' ? 'decimal' : 'text'}
        maxLength={200}
        {...(names.length > 0 ? { list: `${props.id}-known`, autoComplete: 'off' } : {})}
        // an amount is read by its thousands
        description={
          Math.abs(number) >= 10_000
            ? `= ${new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 20 }).format(number)}`
            : undefined
        }
        inputWrapperOrder={['input', 'description', 'error']}
        value={value.text}
        onChange={({ currentTarget }) => text(currentTarget.value)}
      />
      {names.length > 0 && (
        <datalist id={`${props.id}-known`}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** A number of one unit; any other span as it is written (ISO 8601). */
export function Span(props: {
  id: string;
  label: string;
  iso: string;
  wrong: string | undefined;
  change: (iso: string) => void;
}) {
  const { id, label, iso, wrong, change } = props;
  const { t } = useTranslation();
  const { disabled } = useBuilder();
  const parts = partsOf(iso);
  return (
    <span className="rule-span">
      <TextInput
        id={id}
        size="xs"
        aria-label={label}
        disabled={disabled}
        error={wrong}
        {...(parts ? { inputMode: 'numeric' as const } : { placeholder: 'P1Y' })}
        value={parts?.n ?? iso}
        onChange={({ currentTarget: { value } }) =>
          change(parts ? spanOf(value.replaceAll(/\D/g, ''), parts.unit) : value)
        }
      />
      <NativeSelect
        size="xs"
        aria-label={`${label}: ${t('segments.unit')}`}
        disabled={disabled}
        data={[
          ...(parts ? [] : [{ value: '', label: t('segments.iso') }]),
          ...SPAN_UNITS.map((value) => ({ value, label: t(`segments.units.${value}`) })),
        ]}
        value={parts?.unit ?? ''}
        onChange={({ currentTarget: { value } }) => change(spanOf(parts?.n ?? '30', value as SpanUnit))}
      />
    </span>
  );
}

/** One value a line, so that a column of a spreadsheet can be put in. */
function List(props: ValuesProps & { given: ScalarForm[]; type: ValueType; wrong: string | undefined }) {
  const { place, given, type, wrong, set } = props;
  const { t } = useTranslation();
  const { disabled } = useBuilder();
  // a value of more than one line would become two
  const isWhole = given.every(({ text }) => !/[\r\n]/.test(text));
  return (
    <Textarea
      id={idOf(place, '0')}
      size="xs"
      className="rule-list"
      aria-label={t('segments.values')}
      description={isWhole ? t('segments.oneALine', { count: given.length }) : t('segments.notByLine')}
      inputWrapperOrder={['input', 'description', 'error']}
      rows={3}
      disabled={disabled}
      readOnly={!isWhole}
      error={wrong}
      value={given.map(({ text }) => text).join('\n')}
      onChange={({ currentTarget: { value } }) =>
        set(value === '' ? [] : value.split(/\r?\n/).map((text) => ({ type, text })), pointerOf(place))
      }
      // the line that waits for a value is none
      onBlur={() => {
        const filled = given.filter(({ text }) => text.trim() !== '');
        if (filled.length > 0 && filled.length < given.length) set(filled, pointerOf(place));
      }}
    />
  );
}
