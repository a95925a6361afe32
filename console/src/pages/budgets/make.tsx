/**
 * A new budget, and what it begins with. Whatever comes later is asked for by one person and approved by another.
 */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newIdempotencyKey } from '../../api/client.js';
import { CallFailed, faultAt, saidNowhere } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { budgetsFund, budgetsPut } from '../../client/sdk.gen.js';
import { moneyText } from '../../format/money.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { amountOf, MoneyField } from '../../parts/money-field.js';
import { Page, Section } from '../../parts/page.js';

interface Given {
  key: string;
  name: string;
  currency: string;
  amount: string;
  reference: string;
}
const NOTHING: Given = { key: '', name: '', currency: 'KRW', amount: '', reference: '' };
const PLACES = ['key', '/name', '/currency', '/amount/value', '/amount/currency', '/reference'];

/** Made once: where only the money was refused, it is the money alone that is tried again. */
function useMaking({ key, name, currency, amount, reference }: Given) {
  const navigate = useNavigate();
  const [made, setMade] = useState(false);
  const [idempotencyKey, setIdempotencyKey] = useState(newIdempotencyKey);
  const making = useMutation({
    mutationFn: async () => {
      const path = { key };
      if (!made) await budgetsPut({ path, body: { name, currency }, headers: { 'If-None-Match': '*' } });
      setMade(true);
      if (amount === '') return;
      const body = { amount: { value: amountOf(amount, currency) ?? amount, currency }, reference };
      await budgetsFund({ path, body, headers: { 'Idempotency-Key': idempotencyKey } });
    },
    // what is sent after a refusal may be another amount
    onError: () => setIdempotencyKey(newIdempotencyKey()),
    onSuccess: async () => {
      await navigate('/budgets');
      await queries.invalidateQueries();
    },
  });
  return { made, making };
}

export function Component() {
  const { t } = useTranslation();
  return (
    <Page title={t('making.newBudget')} up={{ to: '/budgets', label: t('places.budgets') }}>
      <Form />
    </Page>
  );
}

function Form() {
  const { t, i18n } = useTranslation();
  const [given, setGiven] = useState(NOTHING);
  const { made, making } = useMaking(given);
  const { error } = making;
  const { key, name, currency, amount, reference } = given;
  const set = (field: keyof Given) => (value: string) => setGiven((before) => ({ ...before, [field]: value }));
  const isTaken = error instanceof CallFailed && error.kind === 'stale';
  const left = isTaken ? null : saidNowhere(error, PLACES);
  const minor = amountOf(amount, currency);
  const verb =
    minor === null
      ? t('making.budget')
      : t('making.budgetFunded', { amount: moneyText({ value: minor, currency }, i18n.language) });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        making.mutate();
      }}
    >
      <Section title={t('making.newBudget')} note={t('making.budgetNote')}>
        <Stack gap="md" className="section-body filling">
          <Group grow align="flex-start">
            <TextInput
              label={t('budgets.key')}
              required
              maxLength={40}
              readOnly={made}
              value={key}
              error={isTaken ? error.problem?.detail : faultAt(error, 'key')}
              onChange={({ currentTarget }) => set('key')(currentTarget.value.trim())}
            />
            <TextInput
              label={t('making.name')}
              required
              maxLength={200}
              readOnly={made}
              value={name}
              error={faultAt(error, '/name')}
              onChange={({ currentTarget }) => set('name')(currentTarget.value)}
            />
            <TextInput
              label={t('making.currency')}
              required
              maxLength={3}
              readOnly={made}
              value={currency}
              error={faultAt(error, '/currency')}
              onChange={({ currentTarget }) => set('currency')(currentTarget.value.trim().toUpperCase())}
            />
          </Group>
          <Money amount={amount} currency={currency} reference={reference} error={error} set={set} />
          {left !== null && <Failure error={left} />}
          <Group justify="flex-end">
            <Button type="submit" loading={making.isPending} leftSection={<Icon name="wallet" size={16} />}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Section>
    </form>
  );
}

interface MoneyProps extends Pick<Given, 'amount' | 'currency' | 'reference'> {
  error: unknown;
  set: (field: 'amount' | 'reference') => (value: string) => void;
}

function Money({ amount, currency, reference, error, set }: MoneyProps) {
  const { t } = useTranslation();
  return (
    <Group grow align="flex-start">
      <MoneyField
        label={t('making.first')}
        currency={currency}
        value={amount}
        error={faultAt(error, '/amount/value') ?? faultAt(error, '/amount/currency')}
        change={set('amount')}
      />
      <TextInput
        label={t('making.reference')}
        description={t('making.referenceNote')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        required={amount !== ''}
        maxLength={64}
        value={reference}
        error={faultAt(error, '/reference')}
        onChange={({ currentTarget }) => set('reference')(currentTarget.value.trim())}
      />
    </Group>
  );
}
