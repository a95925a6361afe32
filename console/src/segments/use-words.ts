/**
 * The words of fields, operators and whole rules in the language of the page.
 */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventWindow } from '../client/types.gen.js';
import { partsOf } from '../format/span.js';
import type { Operator } from './rule/form.js';
import { symbolOf, type Words } from './rule/words.js';

const NAMES: Record<Operator, string> = {
  '=': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  in: 'in',
  notIn: 'notIn',
  between: 'between',
  contains: 'contains',
  beginsWith: 'beginsWith',
  null: 'null',
  notNull: 'notNull',
};
const KINDS: readonly string[] = ['attribute', 'consent', 'address', 'event', 'property'];

export function useFieldWords() {
  const { t, i18n } = useTranslation();
  return useMemo(
    () => ({
      kind: (kind: string) => t(`segments.kinds.${KINDS.includes(kind) ? (kind as 'event') : 'customer'}`),
      field: (field: string) => {
        const [head = '', ...rest] = field.split('.');
        const key = rest.join('.');
        if (head === 'attribute' || head === 'property') return key;
        if (head === 'consent') {
          const [channel = '', purpose = ''] = key.split(':');
          return `${channel} · ${t(`campaigns.purposes.${purpose as 'advertising'}`)}`;
        }
        const words = `segments.fields.${head === '' || key === '' ? head : key}`;
        const word = i18n.exists(words) ? t(words as 'segments.fields.id') : field;
        return head === 'event' ? `${t('segments.event')} · ${word}` : word;
      },
      operator: (operator: Operator) => {
        const words = t(`segments.operators.${NAMES[operator] as 'eq'}`);
        const symbol = symbolOf(operator);
        return symbol === undefined ? words : `${symbol}  ${words}`;
      },
    }),
    [t, i18n],
  );
}

export function useRuleWords(): Words {
  const { t } = useTranslation();
  const words = useFieldWords();
  return useMemo(() => {
    const window = (one: EventWindow): string => {
      switch (one.kind) {
        case 'rolling': {
          const parts = partsOf(one.span);
          return t('segments.words.rolling', {
            span: parts ? `${parts.n} ${t(`segments.units.${parts.unit}`)}` : one.span,
          });
        }
        case 'calendar':
          return t('segments.words.calendar', {
            unit: t(`segments.periods.${one.unit}`),
            back: one.back,
            count: one.count ?? 1,
          });
        default:
          return t('segments.words.fixed', { from: one.from.slice(0, 10), to: one.to?.slice(0, 10) ?? '…' });
      }
    };
    return {
      field: words.field,
      and: t('segments.and'),
      or: t('segments.or'),
      not: (inside) => t('segments.words.not', { inside }),
      none: t('segments.operators.null'),
      some: t('segments.operators.notNull'),
      contains: t('segments.operators.contains'),
      beginsWith: t('segments.operators.beginsWith'),
      measure: (measure, event, property) =>
        [event, property, t(`segments.fields.${measure as 'count'}`)].filter(Boolean).join(' · '),
      window,
      more: (count) => t('segments.words.more', { count }),
      upload: t('segments.words.upload'),
    };
  }, [t, words]);
}
