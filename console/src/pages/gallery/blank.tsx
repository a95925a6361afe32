/**
 * The field of one blank, by its kind: texts are written, spans and amounts counted, and what the installation has is chosen.
 */
import { Group, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { GalleryBlank, Money } from '../../client/types.gen.js';
import { decimalOf, minorOf } from '../../format/money.js';
import { partsOf, SPAN_UNITS, spanOf, type SpanUnit } from '../../format/span.js';
import type { Choices } from './choices.js';
import { useWords } from './words.js';

export type Value = string | Money;

interface BlankProps {
  blank: GalleryBlank;
  value: Value;
  error: string | null;
  choices: Choices;
  change: (value: Value) => void;
}

export function BlankField(props: BlankProps) {
  const { blank, value } = props;
  if (typeof value !== 'string') return <AmountField {...props} money={value} />;
  switch (blank.kind) {
    case 'text':
      return <Text {...props} text={value} long />;
    case 'span':
      return partsOf(value) ? <SpanField {...props} span={value} /> : <Text {...props} text={value} />;
    case 'segment':
    case 'budget':
    case 'provider':
    case 'gateway':
      return <Choice {...props} chosen={value} names={props.choices[blank.kind]} />;
    default:
      return <Text {...props} text={value} />;
  }
}

function Text({ blank, text, long, error, choices, change }: BlankProps & { text: string; long?: boolean }) {
  const label = useWords()(blank.label);
  const listed = useId();
  const seen = blank.kind === 'event' || blank.kind === 'attribute' ? choices[blank.kind] : [];
  if (long)
    return (
      <Textarea
        label={label}
        required
        autosize
        minRows={2}
        maxLength={2_000}
        value={text}
        error={error}
        onChange={(event) => change(event.currentTarget.value)}
      />
    );
  return (
    <>
      <TextInput
        label={label}
        required
        maxLength={200}
        value={text}
        error={error}
        list={seen.length > 0 ? listed : undefined}
        onChange={(event) => change(event.currentTarget.value)}
      />
      {seen.length > 0 && (
        <datalist id={listed}>
          {seen.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </>
  );
}

function Choice({ blank, chosen, names, error, change }: BlankProps & { chosen: string; names: readonly string[] }) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <NativeSelect
      label={words(blank.label)}
      required
      description={names.length === 0 ? t(`gallery.none.${blank.kind as 'segment'}`) : undefined}
      data={[{ value: '', label: t('gallery.choose') }, ...names.map((name) => ({ value: name, label: name }))]}
      value={chosen}
      error={error}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

function SpanField({ blank, span, error, change }: BlankProps & { span: string }) {
  const { t } = useTranslation();
  const label = useWords()(blank.label);
  const { n, unit } = partsOf(span) as { n: string; unit: SpanUnit };
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <TextInput
        label={label}
        required
        inputMode="numeric"
        value={n}
        error={error}
        onChange={(event) => change(spanOf(event.currentTarget.value.replace(/\D/g, '').slice(0, 5), unit))}
      />
      <NativeSelect
        aria-label={`${label}: ${t('gallery.unit')}`}
        data={SPAN_UNITS.map((value) => ({ value, label: t(`gallery.units.${value}`) }))}
        value={unit}
        onChange={(event) => change(spanOf(n, event.currentTarget.value as SpanUnit))}
      />
    </Group>
  );
}

function AmountField({ blank, money: { value, currency }, error, change }: BlankProps & { money: Money }) {
  const label = useWords()(blank.label);
  // what cannot be read as an amount is kept as it was typed, for the API to refuse
  const shown = /^\d+$/.test(value) ? decimalOf(value, currency) : value;
  return (
    <TextInput
      label={`${label} (${currency})`}
      required
      inputMode="decimal"
      value={shown}
      error={error}
      onChange={({ currentTarget: { value: typed } }) => change({ value: minorOf(typed, currency) ?? typed, currency })}
    />
  );
}
