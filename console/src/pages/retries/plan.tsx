/**
 * Planning a retry: of what, and why. Nothing is done by it; what it would do is said on the retry's own page.
 */
import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newIdempotencyKey } from '../../api/client.js';
import { useFilters } from '../../api/lists.js';
import { CallFailed } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { retriesPlan } from '../../client/sdk.gen.js';
import type { RetrySelector } from '../../client/types.gen.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Section } from '../../parts/page.js';
import { FIELDS, selectorOf, WHATS, type Field, type What } from './selector.js';
import { About } from './told.js';

const fieldsOf = (what: string): readonly Field[] => FIELDS[what as What] ?? [];

/** As the address says it; of what is one of several, the first where it says nothing. */
function valuesOf(what: string, said: (name: string) => string): Record<string, string> {
  const asItem = ['code', 'subject', 'cause'].map((name) => [name, said(name)]);
  return Object.fromEntries([
    ...asItem,
    ...fieldsOf(what).map(({ name, of }) => [name, said(name) || (of?.[0] ?? '')]),
  ]);
}

/** As the address says it, so that whatever needs a retry links to here. */
export function Plan() {
  const { t } = useTranslation();
  const filters = useFilters();
  const navigate = useNavigate();
  const what = filters.get('what') || 'participants';
  const [reason, setReason] = useState('');
  const values = valuesOf(what, filters.get);
  const selector = selectorOf(what, values);
  const planning = useMutation({
    mutationFn: () =>
      retriesPlan({
        body: { selector, reason: reason.trim() },
        headers: { 'Idempotency-Key': newIdempotencyKey() },
      }),
    onSuccess: ({ no }) => navigate(`/retries/${no}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['retries'] }),
  });
  const faultAt = (place: string) =>
    planning.error instanceof CallFailed
      ? planning.error.faults.find(({ pointer }) => pointer === `/${place}`)?.detail
      : undefined;
  const missing = fieldsOf(what).some(({ name, required, of }) => required && !of && values[name]?.trim() === '');
  return (
    <Section title={t('retries.plan')} note={t('retries.planNote')}>
      <form
        className="section-body"
        onSubmit={(event) => {
          event.preventDefault();
          planning.mutate();
        }}
      >
        <Stack gap="sm">
          <OfWhat what={what} values={values} selector={selector} faultAt={(name) => faultAt(`selector/${name}`)} />
          <TextInput
            label={t('common.reason')}
            description={t('common.reasonNote')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            required
            maxLength={500}
            error={faultAt('reason')}
          />
          {planning.isError && <Failure error={planning.error} />}
          <Group gap="sm">
            <Button
              type="submit"
              loading={planning.isPending}
              disabled={missing || reason.trim() === ''}
              leftSection={<Icon name="search" size={16} />}
            >
              {t('retries.see')}
            </Button>
            <Text size="sm" c="dimmed">
              {t('retries.seeNote')}
            </Text>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

interface OfWhatProps {
  what: string;
  values: Readonly<Record<string, string>>;
  selector: RetrySelector;
  faultAt: (name: string) => string | undefined;
}

/** An item of the attention list, or fields. */
function OfWhat({ what, values, selector, faultAt }: OfWhatProps) {
  const { t } = useTranslation();
  const filters = useFilters();
  if (what === 'attention')
    return (
      <Group gap="sm">
        <About selector={selector} />
        <Button size="xs" variant="subtle" onClick={filters.clear}>
          {t('retries.another')}
        </Button>
      </Group>
    );
  return (
    <Group gap="sm" align="flex-end" className="filters">
      <NativeSelect
        label={t('retries.what')}
        data={WHATS.map((value) => ({ value, label: t(`retries.whats.${value}`) }))}
        value={what}
        onChange={(event) => filters.change({ what: event.currentTarget.value })}
      />
      {fieldsOf(what).map(({ name, required, of }) =>
        of ? (
          <NativeSelect
            key={name}
            label={t(`retries.fields.${name}`)}
            data={of.map((value) => ({ value, label: t(`retries.choices.${value as 'owed'}`) }))}
            value={values[name]}
            onChange={(event) => filters.set(name, event.currentTarget.value)}
          />
        ) : (
          <TextInput
            key={name}
            label={t(`retries.fields.${name}`)}
            value={values[name] ?? ''}
            onChange={(event) => filters.set(name, event.currentTarget.value)}
            required={required ?? false}
            error={faultAt(name)}
          />
        ),
      )}
    </Group>
  );
}
