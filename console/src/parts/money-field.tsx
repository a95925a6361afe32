/**
 * An amount as one types it, in a currency that may be half typed itself.
 */
import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { decimalOf, minorOf } from '../format/money.js';

const isCurrency = (text: string): boolean => /^[A-Z]{3}$/.test(text);

/** Minor units; null where it is no amount of the currency. */
export const amountOf = (text: string, currency: string): string | null =>
  isCurrency(currency) ? minorOf(text, currency) : null;

interface MoneyFieldProps {
  label: string;
  ariaLabel?: string;
  currency: string;
  value: string;
  /** What the API says of it. */
  error: string | null;
  required?: boolean;
  change: (value: string) => void;
}

export function MoneyField({ label, ariaLabel, currency, value, error, required, change }: MoneyFieldProps) {
  const { t } = useTranslation();
  const isWrong = value !== '' && amountOf(value, currency) === null;
  return (
    <TextInput
      label={`${label} (${currency})`}
      {...(ariaLabel === undefined ? {} : { 'aria-label': ariaLabel })}
      placeholder={isCurrency(currency) ? decimalOf('5000', currency) : ''}
      inputMode="decimal"
      required={required === true}
      value={value}
      error={error ?? (isWrong ? t('budgets.noAmount') : null)}
      onChange={({ currentTarget }) => change(currentTarget.value)}
    />
  );
}
