/**
 * Saving the text as the template's next version; and what to do where somebody else saved one meanwhile.
 */
import { Alert, Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { queries } from '../api/queries.js';
import { templatesPut } from '../client/sdk.gen.js';
import type { UsedTemplate } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import { overSeen, SaveButton } from '../parts/saving.js';
import { contentOf, type Message } from './use-message.js';

interface SaveProps {
  message: Message;
  /** Of a new one, as it is written. */
  name: string;
  saved: UsedTemplate | null;
  disabled: boolean;
}

export function Save({ message, name, saved, disabled }: SaveProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { content, version, dirty, moved } = message;
  const key = saved?.key ?? name;
  const saving = useMutation({
    mutationFn: () =>
      templatesPut({
        path: { key },
        body: { ...content, title: content.title === '' ? null : content.title },
        headers: overSeen(version),
      }),
    onSuccess: async (kept) => {
      queries.setQueryData(['templates', key], { ...kept, usedBy: saved?.usedBy ?? [] });
      if (saved) return message.take({ ...contentOf(kept), version: kept.version });
      message.forget();
      await navigate(`/messages/${encodeURIComponent(key)}${location.search}`, { replace: true });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['templates'] }),
  });
  return (
    <SaveButton
      verb={t('messages.save', { version: (version ?? 0) + 1 })}
      disabled={!dirty || moved || disabled || key === ''}
      saving={saving}
    />
  );
}

export function Conflict({ message, saved }: { message: Message; saved: UsedTemplate }) {
  const { t } = useTranslation();
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<Icon name="alert" />}
      title={t('messages.conflict.title')}
      role="alert"
    >
      {t('messages.conflict.text', { by: saved.createdBy, now: saved.version, base: message.version ?? 0 })}
      <Group gap="xs" mt="sm">
        <Button
          size="xs"
          variant="default"
          onClick={() => message.take({ ...contentOf(saved), version: saved.version })}
        >
          {t('messages.conflict.theirs')}
        </Button>
        <Button size="xs" variant="default" onClick={message.keepMine}>
          {t('messages.conflict.keep')}
        </Button>
      </Group>
    </Alert>
  );
}
