/**
 * The fields of one prize, with its odds as they come out of all weights.
 */
import './boxes.css';
import { ActionIcon, Group, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { faultAt } from '../api/problem.js';
import { shareText } from '../format/count.js';
import { Icon } from '../parts/icon.js';
import { MoneyField } from '../parts/money-field.js';
import { PRIZE_KINDS, type PrizeDraft, type PrizeKind } from './draft.js';

interface PrizeProps {
  /** Such as `/prizes/0`. */
  place: string;
  /** Whose fields they are. */
  title: string;
  prize: PrizeDraft;
  currency: string;
  weights: number | null;
  error: unknown;
  /** It has no stock. */
  endless?: boolean;
  change: (to: PrizeDraft) => void;
  /** Absent: it is the only one. */
  remove?: () => void;
}

export function PrizeFields(props: PrizeProps) {
  const { t, i18n } = useTranslation();
  const { place, title, prize, weights, error, change } = props;
  const odds = weights && /^\d+$/.test(prize.weight) ? shareText(Number(prize.weight), weights, i18n.language) : null;
  const text = (field: 'name' | 'weight' | 'stock', label: string, more: object = {}) => (
    <TextInput
      label={label}
      aria-label={`${title}: ${label}`}
      required
      value={prize[field]}
      error={faultAt(error, `${place}/${field}`)}
      onChange={({ currentTarget }) => change({ ...prize, [field]: currentTarget.value })}
      {...more}
    />
  );
  return (
    <fieldset className="prize" data-prize={place}>
      <legend>{title}</legend>
      <Group grow align="flex-start" wrap="nowrap">
        {text('name', t('boxes.prize'), { maxLength: 100 })}
        <NativeSelect
          label={t('payouts.kind')}
          aria-label={`${title}: ${t('payouts.kind')}`}
          data={PRIZE_KINDS.map((value) => ({
            value,
            label: value === 'nothing' ? t('making.nothing') : t(`payouts.kinds.${value}`),
          }))}
          value={prize.kind}
          error={faultAt(error, `${place}/kind`)}
          onChange={({ currentTarget }) => change({ ...prize, kind: currentTarget.value as PrizeKind })}
        />
        {prize.kind !== 'nothing' && <PrizeAmount {...props} />}
        {text('weight', t('making.weight'), {
          inputMode: 'numeric',
          description: odds ?? ' ',
          inputWrapperOrder: ORDER,
        })}
        {!props.endless && text('stock', t('boxes.stock'), { inputMode: 'numeric' })}
        {props.remove && (
          <ActionIcon
            className="remove"
            variant="subtle"
            color="gray"
            aria-label={t('making.removePrize', { name: title })}
            title={t('making.removePrize', { name: title })}
            onClick={props.remove}
          >
            <Icon name="cross" size={16} />
          </ActionIcon>
        )}
      </Group>
    </fieldset>
  );
}

/** The odds stand below their weight. */
const ORDER = ['label', 'input', 'description', 'error'];

function PrizeAmount({ place, title, prize, currency, error, change }: PrizeProps) {
  const { t } = useTranslation();
  const said = ['', '/value', '/currency'].map((end) => faultAt(error, `${place}/amount${end}`));
  return (
    <MoneyField
      label={t('payouts.amount')}
      ariaLabel={`${title}: ${t('payouts.amount')}`}
      currency={currency}
      required
      value={prize.amount}
      error={said.find((one) => one !== null) ?? null}
      change={(amount) => change({ ...prize, amount })}
    />
  );
}
