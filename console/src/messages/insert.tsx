/**
 * Put a field of the customer into the text, for whoever does not write Liquid.
 */
import { Button, Group, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TemplateFields } from '../client/types.gen.js';

export function Insert({ fields, insert }: { fields: TemplateFields; insert: (text: string) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState('customer.name');
  const names = fields.variables.map(({ name }) => name);
  const value = names.includes(chosen) ? chosen : (names[0] ?? '');
  return (
    <Group gap={6} wrap="nowrap">
      <NativeSelect
        size="xs"
        aria-label={t('messages.field')}
        data={names}
        value={value}
        onChange={({ currentTarget }) => setChosen(currentTarget.value)}
      />
      <Button size="xs" variant="default" onClick={() => insert(`{{ ${value} }}`)}>
        {t('messages.insert')}
      </Button>
      <Button size="xs" variant="default" onClick={() => insert(`{{ ${value} | josa: '을/를' }}`)}>
        {t('messages.insertJosa')}
      </Button>
    </Group>
  );
}
