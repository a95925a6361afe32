/**
 * A retry in words: what it is about, what it would do or has done, and its state.
 */
import { Badge, Code, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AttentionCode, Retry } from '../../client/types.gen.js';
import { sumOf } from '../../format/count.js';
import { Icon, type IconName } from '../../parts/icon.js';
import { Amount } from '../../parts/values.js';
import { saidOf, type What } from './selector.js';

/** How many items something would become of. */
export const goingIn = ({ effect }: Retry): number => sumOf(effect.would);

export function About({ selector }: { selector: Retry['selector'] }) {
  const { t } = useTranslation();
  const { what, code } = selector as { what: string; code?: AttentionCode };
  return (
    <Group gap="xs">
      <span>{code ? t(`attention.classes.${code}.title`) : t(`retries.whats.${what as What}`)}</span>
      {saidOf(selector).map(([name, value]) => (
        <Code key={name} className="cut" title={value}>
          {value}
        </Code>
      ))}
    </Group>
  );
}

const LOOKS: Record<string, readonly [IconName, string]> = {
  nothing: ['ban', 'gray'],
  waits: ['clock', 'yellow'],
  planned: ['draft', 'gray'],
  under_way: ['play', 'wave'],
  done: ['check', 'teal'],
};
type Standing = 'nothing' | 'waits' | 'planned' | 'under_way' | 'done';

export function standingOf(retry: Retry): Standing {
  if (retry.state !== 'planned') return retry.state;
  if (goingIn(retry) === 0) return 'nothing';
  return retry.needsApproval ? 'waits' : 'planned';
}

export function RetryState({ retry }: { retry: Retry }) {
  const { t } = useTranslation();
  const standing = standingOf(retry);
  const [icon, color] = LOOKS[standing] ?? (['dot', 'gray'] as const);
  return (
    <Badge
      variant="light"
      color={color}
      radius="sm"
      leftSection={<Icon name={icon} size={14} />}
      data-state={standing}
      className="state"
    >
      {t(`retries.states.${standing}`)}
    </Badge>
  );
}

/** What stands at stake, line by line: items, messages, money; and of what nothing would become, and why. */
export function Effect({ retry }: { retry: Retry }) {
  const { t } = useTranslation();
  const { would, sends, pays, nothing, left } = retry.effect;
  return (
    <Stack gap={4} className="effect">
      {goingIn(retry) === 0 && <Text fw={600}>{t('retries.wouldNothing')}</Text>}
      {Object.entries(would).map(([what, count]) => (
        <Text key={what} fw={600} data-would={what}>
          {t(`retries.would.${what as 'put_back'}`, { count })}
        </Text>
      ))}
      {sends > 0 && <Text data-sends={sends}>{t('retries.sends', { count: sends })}</Text>}
      {pays.map(({ count, total }) => (
        <Text key={total.currency} data-pays={count}>
          {t('retries.pays', { count })}{' '}
          <strong>
            <Amount money={total} />
          </strong>
        </Text>
      ))}
      {goingIn(retry) > 0 && sends === 0 && pays.length === 0 && <Text c="dimmed">{t('retries.noneHandedOver')}</Text>}
      {Object.entries(nothing).map(([why, count]) => (
        <Text key={why} c="dimmed" data-nothing={why}>
          {t('retries.nothing', { count })}: {t(`retries.whys.${why as 'erased'}`, why)}
        </Text>
      ))}
      {left > 0 && <Text c="dimmed">{t('retries.left', { count: left })}</Text>}
    </Stack>
  );
}
