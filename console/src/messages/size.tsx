/**
 * How long the text is for its channel: bytes as the carriers count them, against what the channel holds, and which of the two it fits.
 */
import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TemplateFields, TemplateJudgement } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import type { Content } from './use-message.js';

interface SizeProps {
  size: NonNullable<TemplateJudgement['size']>;
  channel: Content['channel'];
  channels: TemplateFields['channels'];
  /** Of nobody: it can only become longer. */
  least: boolean;
  disabled: boolean;
  become: (channel: 'sms' | 'lms') => void;
}

export function Size({ size, channel, channels, least, disabled, become }: SizeProps) {
  const { t } = useTranslation();
  const { bytes, bytesMax, characters, unknown } = size;
  if (bytes === null || bytesMax === null)
    return (
      <Text size="sm" c="dimmed">
        {t('messages.size.characters', { count: characters })}
      </Text>
    );
  const other = channel === 'sms' ? 'lms' : 'sms';
  const otherMax = channels.find((one) => one.channel === other)?.bytesMax ?? 0;
  const over = bytes > bytesMax;
  // a long one that would do as a short one costs more than it has to
  const change = bytes <= otherMax && (channel === 'sms' ? over : !least);
  const name = t(`messages.channels.${channel}`);
  return (
    <div className="size" data-over={over} data-bytes={bytes}>
      <Group gap="xs" justify="space-between">
        <Text size="sm" fw={600} className="figures" c={over ? 'var(--mantine-color-error)' : undefined}>
          {over && <Icon name="alert" size={14} />}{' '}
          {t(least ? 'messages.size.least' : 'messages.size.bytes', { bytes, max: bytesMax, name })}
        </Text>
        {change && (
          <Button size="compact-xs" variant="default" disabled={disabled} onClick={() => become(other)}>
            {t('messages.size.become', { name: t(`messages.channels.${other}`) })}
          </Button>
        )}
      </Group>
      <meter
        min={0}
        max={bytesMax}
        high={bytesMax * 0.9}
        value={Math.min(bytes, bytesMax)}
        aria-label={t('messages.size.label', { name })}
      />
      {over && (
        <Text size="xs">
          {t(bytes <= otherMax ? 'messages.size.fits' : 'messages.size.fitsNot', {
            name,
            other: t(`messages.channels.${other}`),
            max: otherMax,
          })}
        </Text>
      )}
      {unknown.length > 0 && (
        <Text size="xs" c="var(--mantine-color-error)">
          {t('messages.size.unknown', { list: unknown.slice(0, 10).join(' ') })}
        </Text>
      )}
    </div>
  );
}
