/**
 * Money into a budget from which nothing was reserved yet: one person does that, and each paper counts once.
 */
import { Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { budgetsFund } from '../../client/sdk.gen.js';
import type { Budget } from '../../client/types.gen.js';
import { moneyText } from '../../format/money.js';
import { Decision } from '../../parts/decision.js';
import { amountOf, MoneyField } from '../../parts/money-field.js';

export function Fund({ budget: { key, name, currency } }: { budget: Budget }) {
  const { t, i18n } = useTranslation();
  const [amount, setAmount] = useState('');
  const [reference, setReference] = useState('');
  const value = amountOf(amount, currency);
  const shown = value === null ? '' : moneyText({ value, currency }, i18n.language);
  return (
    <Decision
      verb={value === null ? t('making.fund') : t('making.fundWith', { amount: shown })}
      opener={t('making.fund')}
      icon="coins"
      quiet
      blocked={value === null || reference === ''}
      effect={
        <Stack gap="sm">
          <Text>{t('making.fundEffect', { name })}</Text>
          <Group grow align="flex-start">
            <MoneyField
              label={t('payouts.amount')}
              currency={currency}
              value={amount}
              error={null}
              required
              change={setAmount}
            />
            <TextInput
              label={t('making.reference')}
              description={t('making.referenceNote')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              required
              maxLength={64}
              value={reference}
              onChange={({ currentTarget }) => setReference(currentTarget.value.trim())}
            />
          </Group>
        </Stack>
      }
      decide={({ idempotencyKey }) =>
        budgetsFund({
          path: { key },
          body: { amount: { value: value ?? amount, currency }, reference },
          headers: { 'Idempotency-Key': idempotencyKey },
        })
      }
    />
  );
}
