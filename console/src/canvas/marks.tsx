/**
 * How nodes are marked: their kind, how many faults, and what became of it beside another form; icon, word and colour.
 */
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '../parts/icon.js';
import type { Fate } from './graph/diff.js';
import type { Kind } from './graph/kinds.js';

/** Beside the kind's word; the colour is the library's. */
export const KIND_LOOKS: Record<Kind, { icon: IconName; color: string }> = {
  send: { icon: 'send', color: 'wave' },
  wait: { icon: 'clock', color: 'yellow' },
  branch: { icon: 'switches', color: 'grape' },
  split: { icon: 'scale', color: 'grape' },
  reward: { icon: 'coins', color: 'teal' },
  repeat: { icon: 'refresh', color: 'orange' },
  link: { icon: 'megaphone', color: 'cyan' },
  exit: { icon: 'flag', color: 'gray' },
};

const FATE_LOOKS: Record<Fate, readonly [icon: IconName, color: string]> = {
  added: ['check', 'teal'],
  removed: ['cross', 'red'],
  changed: ['draft', 'orange'],
  same: ['dot', 'gray'],
};

export function FateMark({ fate }: { fate: Fate }) {
  const { t } = useTranslation();
  const [icon, color] = FATE_LOOKS[fate];
  return (
    <Badge
      variant="light"
      color={color}
      radius="sm"
      size="sm"
      className="state mark"
      data-fate={fate}
      leftSection={<Icon name={icon} size={12} />}
    >
      {t(`canvas.fates.${fate}`)}
    </Badge>
  );
}

export function FaultMark({ count }: { count: number }) {
  const { t } = useTranslation();
  return (
    <Badge
      variant="light"
      color="red"
      radius="sm"
      size="sm"
      className="state mark"
      leftSection={<Icon name="alert" size={12} />}
    >
      {t('canvas.fault', { count })}
    </Badge>
  );
}
