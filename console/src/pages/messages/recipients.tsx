/**
 * Who may be sent tests of messages: an administrator lets people in and out, with a reason.
 */
import { NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import { useMay } from '../../api/session.js';
import { peopleList, testrecipientsList, testrecipientsPut, testrecipientsRemove } from '../../client/sdk.gen.js';
import { Decision } from '../../parts/decision.js';
import type { TestRecipient } from '../../client/types.gen.js';
import { Rows, type Column } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Section } from '../../parts/page.js';
import { Moment } from '../../parts/values.js';

const KINDS = ['phone', 'email', 'push'] as const;
type Addresses = Partial<Record<(typeof KINDS)[number], string>>;

export function Recipients() {
  const { t } = useTranslation();
  const change = useMay()('testrecipients.put');
  const columns = useColumns(change);
  const known = useRead(['test-recipients'], (signal) => testrecipientsList({ signal }));
  return (
    <Section title={t('messages.recipients.title')} note={t('messages.recipients.note')} beside={change && <Add />}>
      <Loaded query={known}>
        {({ recipients }) =>
          recipients.length === 0 ? (
            <Empty icon="person" title={t('messages.recipients.none')} />
          ) : (
            <Rows
              rows={recipients}
              keyOf={({ person }) => person}
              label={t('messages.recipients.title')}
              columns={columns}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

function useColumns(change: boolean): Column<TestRecipient>[] {
  const { t } = useTranslation();
  const remove: Column<TestRecipient> = {
    name: t('messages.recipients.removeIt'),
    right: true,
    of: ({ person, name }) => (
      <Decision
        verb={t('messages.recipients.remove', { name })}
        opener={t('messages.recipients.removeIt')}
        icon="cross"
        color="red"
        quiet
        reason
        effect={t('messages.recipients.removeEffect', { name })}
        decide={({ reason }) => testrecipientsRemove({ path: { person }, body: { reason } })}
      />
    ),
  };
  return [
    { name: t('messages.test.person'), of: ({ name }) => name },
    ...KINDS.map((kind): Column<TestRecipient> => ({
      name: t(`messages.recipients.${kind}`),
      of: ({ addresses }) => <span className="id">{addresses[kind] ?? '–'}</span>,
    })),
    { name: t('common.at'), of: ({ keptAt }) => <Moment at={keptAt} /> },
    ...(change ? [remove] : []),
  ];
}

function Add() {
  const { t } = useTranslation();
  const people = useRead(['people', 'first'], (signal) => peopleList({ query: { limit: 200 }, signal }));
  const [person, setPerson] = useState('');
  const [addresses, setAddresses] = useState<Addresses>({});
  const given = Object.fromEntries(
    Object.entries(addresses)
      .map(([kind, address]) => [kind, address.trim()])
      .filter(([, address]) => address !== ''),
  ) as Addresses;
  const active = (people.data?.items ?? []).filter(({ state }) => state === 'active');
  const name = active.find(({ id }) => id === person)?.name ?? '';
  return (
    <Decision
      verb={t('messages.recipients.add', { name })}
      opener={t('messages.recipients.addOne')}
      icon="person"
      quiet
      reason
      blocked={person === '' || Object.keys(given).length === 0}
      effect={
        <Stack gap="xs">
          <Text size="sm">{t('messages.recipients.addEffect')}</Text>
          <NativeSelect
            label={t('messages.test.person')}
            data={[
              { value: '', label: t('messages.recipients.choose') },
              ...active.map((one) => ({ value: one.id, label: one.name })),
            ]}
            value={person}
            onChange={({ currentTarget }) => setPerson(currentTarget.value)}
          />
          {KINDS.map((kind) => (
            <TextInput
              key={kind}
              label={t(`messages.recipients.${kind}`)}
              value={addresses[kind] ?? ''}
              placeholder={kind === 'phone' ? '+821012345678' : undefined}
              onChange={({ currentTarget }) => setAddresses({ ...addresses, [kind]: currentTarget.value })}
            />
          ))}
        </Stack>
      }
      decide={({ reason }) => testrecipientsPut({ path: { person }, body: { addresses: given, reason } })}
    />
  );
}
