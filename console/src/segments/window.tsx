/**
 * When the events of a rule count: ever, in the last days, in periods of the calendar, or between two moments.
 */
import { NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { pointerOf } from '../canvas/graph/pointer.js';
import type { EventWindow } from '../client/types.gen.js';
import { seoulTime } from '../format/time.js';
import { idOf, useBuilder, Wrong } from './context.js';
import type { Place } from './rule/edit.js';
import { Span } from './values.js';

type Kind = EventWindow['kind'];
const KINDS: readonly Kind[] = ['rolling', 'calendar', 'fixed'];
const UNITS = ['day', 'week', 'month'] as const;

const BLANK: Record<Kind, EventWindow> = {
  rolling: { kind: 'rolling', span: 'P30D' },
  calendar: { kind: 'calendar', unit: 'month', back: 1, zone: 'Asia/Seoul' },
  fixed: { kind: 'fixed', from: '' },
};

interface WindowProps {
  place: Place;
  window: EventWindow | undefined;
  set: (to: EventWindow | undefined, about: string | null) => void;
}

export function WindowEditor({ place, window, set }: WindowProps) {
  const { t } = useTranslation();
  const { disabled } = useBuilder();
  return (
    <>
      <NativeSelect
        id={idOf(place, 'kind')}
        size="xs"
        label={t('segments.window')}
        disabled={disabled}
        data={[
          { value: '', label: t('segments.windows.ever') },
          ...KINDS.map((value) => ({ value, label: t(`segments.windows.${value}`) })),
        ]}
        value={window?.kind ?? ''}
        onChange={({ currentTarget: { value } }) => set(value === '' ? undefined : BLANK[value as Kind], null)}
      />
      {window && <Within place={place} window={window} set={(to, name) => set(to, `${pointerOf(place)}/${name}`)} />}
      <Wrong place={place} />
    </>
  );
}

function Within(props: { place: Place; window: EventWindow; set: (to: EventWindow, name: string) => void }) {
  const { place, window, set } = props;
  const { t } = useTranslation();
  const { disabled } = useBuilder();
  switch (window.kind) {
    case 'rolling':
      return (
        <div>
          <span className="rule-label">{t('segments.span')}</span>
          <Span
            id={idOf(place, 'span')}
            label={t('segments.span')}
            iso={window.span}
            wrong={undefined}
            change={(span) => set({ ...window, span }, 'span')}
          />
        </div>
      );
    case 'calendar':
      return (
        <>
          <NativeSelect
            size="xs"
            label={t('segments.period')}
            disabled={disabled}
            data={UNITS.map((value) => ({ value, label: t(`segments.periods.${value}`) }))}
            value={window.unit}
            onChange={({ currentTarget: { value } }) => set({ ...window, unit: value as 'day' }, 'unit')}
          />
          <Whole label={t('segments.back')} value={window.back} set={(back) => set({ ...window, back }, 'back')} />
          <Whole
            label={t('segments.periodCount')}
            value={window.count ?? 1}
            set={(count) => set({ ...window, count }, 'count')}
          />
          <TextInput
            size="xs"
            label={t('segments.zone')}
            disabled={disabled}
            value={window.zone}
            onChange={({ currentTarget: { value } }) => set({ ...window, zone: value }, 'zone')}
          />
        </>
      );
    case 'fixed': {
      const { to: _to, ...open } = window;
      return (
        <>
          <At label={t('segments.from')} value={window.from} set={(from) => set({ ...window, from }, 'from')} />
          <At
            label={t('segments.to')}
            value={window.to ?? ''}
            set={(to) => set(to === '' ? open : { ...window, to }, 'to')}
          />
        </>
      );
    }
    default:
      return null;
  }
}

/** A whole number; what is none while it is typed stays in the field and out of the rule. */
function Whole({ label, value, set }: { label: string; value: number; set: (to: number) => void }) {
  const { disabled } = useBuilder();
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  return (
    <TextInput
      size="xs"
      className="rule-whole"
      label={label}
      inputMode="numeric"
      disabled={disabled}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        if (/^\d{1,6}$/.test(currentTarget.value)) set(Number(currentTarget.value));
      }}
      onBlur={() => setText(String(value))}
    />
  );
}

const ZONE = '+09:00';

/** Seoul's time, to the minute. */
function At({ label, value, set }: { label: string; value: string; set: (to: string) => void }) {
  const { t } = useTranslation();
  const { disabled } = useBuilder();
  const isMoment = value !== '' && !Number.isNaN(Date.parse(value));
  return (
    <TextInput
      type="datetime-local"
      size="xs"
      label={`${label} (${t('segments.kst')})`}
      disabled={disabled}
      value={isMoment ? seoulTime(value).slice(0, 16).replace(' ', 'T') : ''}
      onChange={({ currentTarget: { value: typed } }) => set(typed === '' ? '' : `${typed.slice(0, 16)}:00${ZONE}`)}
    />
  );
}
