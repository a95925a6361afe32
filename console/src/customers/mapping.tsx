/**
 * Each column of the table: its header, what is in its first row, and what it is.
 */
import { Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { faultAt } from '../api/problem.js';
import type { CustomerColumns } from '../client/types.gen.js';
import { ATTRIBUTES, isAttribute, targetOf, type Column } from './columns.js';

interface MappingProps {
  begun: CustomerColumns;
  columns: readonly Column[];
  /** What the API says of them, by what they are. */
  error: unknown;
  set: (n: number, to: Column) => void;
}

export function Mapping({ begun: { head, known }, columns, error, set }: MappingProps) {
  const { t } = useTranslation();
  const choices = useChoices(known);
  const isIdSaid = columns.some(({ as }) => as === 'id');
  return (
    <div className="section-body">
      <Stack component="ol" gap="sm" className="plain">
        {columns.map((column, n) => (
          // columns have no other name than their place
          <li key={n} data-column={n}>
            <Group gap="sm" align="flex-start">
              <NativeSelect
                label={head.header[n] || String(n + 1)}
                description={head.rows[0]?.cells[n] ?? ''}
                data={choices}
                value={column.as}
                error={column.as === '' ? null : faultAt(error, targetOf(column))}
                onChange={({ currentTarget }) => set(n, { ...column, as: currentTarget.value })}
              />
              {isAttribute(column) && (
                <TextInput
                  label={t('making.attributeName')}
                  aria-label={`${head.header[n] || String(n + 1)}: ${t('making.attributeName')}`}
                  description={t('making.attributeNote')}
                  maxLength={63}
                  value={column.name}
                  onChange={({ currentTarget }) => set(n, { ...column, name: currentTarget.value.trim() })}
                />
              )}
            </Group>
          </li>
        ))}
      </Stack>
      {!isIdSaid && <Text size="sm">{t('making.noId')}</Text>}
    </div>
  );
}

/** Consents and addresses by their channel. */
function useChoices(known: readonly string[]) {
  const { t, i18n } = useTranslation();
  const word = (key: string) => (i18n.exists(key) ? t(key as 'making.leave') : key);
  const label = (name: string) => {
    const [kind = '', what = ''] = name.split('.');
    if (kind === 'address') return t('making.address', { kind: word(`making.addresses.${what}`) });
    if (kind !== 'consent') return word(`making.fields.${name}`);
    const [channel = '', purpose = ''] = what.split(':');
    return t('making.consent', {
      channel: word(`making.channels.${channel}`),
      purpose: word(`campaigns.purposes.${purpose}`),
    });
  };
  return [
    { value: '', label: t('making.leave') },
    ...known.filter((name) => !/[.]/.test(name)).map((value) => ({ value, label: label(value) })),
    ...ATTRIBUTES.map((value) => ({ value, label: t(`making.attributes.${value.replace(':', '_') as 'attribute'}`) })),
    ...known.filter((name) => /[.]/.test(name)).map((value) => ({ value, label: label(value) })),
  ];
}
