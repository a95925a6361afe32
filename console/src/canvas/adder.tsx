/**
 * Choose and add: the choice by itself does nothing, so that arrow keys may go through it.
 */
import { ActionIcon, Group, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface AdderProps {
  /** What is added, and where. */
  label: string;
  options: readonly { value: string; label: string }[];
  add: (value: string) => void;
}

export function Adder({ label, options, add }: AdderProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState('');
  const value = options.some((option) => option.value === chosen) ? chosen : (options[0]?.value ?? '');
  return (
    <Group gap={4} wrap="nowrap" className="adder">
      <NativeSelect
        size="xs"
        aria-label={label}
        data={[...options]}
        value={value}
        onChange={({ currentTarget }) => setChosen(currentTarget.value)}
      />
      <ActionIcon
        variant="default"
        size={30}
        aria-label={`${t('canvas.add')}: ${label}`}
        title={`${t('canvas.add')}: ${label}`}
        onClick={() => add(value)}
      >
        +
      </ActionIcon>
    </Group>
  );
}
