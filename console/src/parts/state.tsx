/**
 * A state as icon, word and colour: whoever cannot tell the colours reads the word.
 */
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from './icon.js';

type Look = readonly [icon: IconName, color: string];

const LOOKS = {
  campaign: {
    draft: ['draft', 'gray'],
    validated: ['clock', 'yellow'],
    approved: ['approve', 'wave'],
    launched: ['play', 'teal'],
    ended: ['flag', 'gray'],
  },
  control: { running: ['play', 'teal'], paused: ['pause', 'yellow'], stopped: ['stop', 'red'] },
  run: { opening: ['clock', 'yellow'], running: ['play', 'teal'], closed: ['flag', 'gray'] },
  payout: {
    intended: ['clock', 'gray'],
    approved: ['approve', 'wave'],
    submitting: ['send', 'wave'],
    accepted: ['send', 'wave'],
    ambiguous: ['help', 'orange'],
    held: ['hold', 'yellow'],
    paid: ['check', 'teal'],
    rejected: ['cross', 'red'],
    settled: ['check', 'teal'],
    reversed: ['undo', 'gray'],
    cancelled: ['ban', 'gray'],
  },
  customer: { active: ['check', 'teal'], incident: ['alert', 'orange'], withdrawn: ['ban', 'gray'] },
  settlementDay: {
    missing: ['help', 'gray'],
    unmatched: ['clock', 'yellow'],
    differs: ['alert', 'orange'],
    matched: ['check', 'teal'],
  },
  settlementBreak: { open: ['alert', 'orange'], explained: ['check', 'gray'], resolved: ['check', 'teal'] },
  month: { open: ['draft', 'wave'], closed: ['check', 'teal'] },
  luckyBox: { draft: ['draft', 'gray'], open: ['play', 'teal'], closed: ['flag', 'gray'] },
  owed: { open: ['alert', 'orange'], waived: ['ban', 'gray'], reissued: ['refresh', 'teal'] },
  budgetChange: { requested: ['clock', 'yellow'], approved: ['check', 'teal'], refused: ['cross', 'red'] },
} as const satisfies Record<string, Record<string, Look>>;

type Looks = typeof LOOKS;
export type StateKind = keyof Looks;

type StateProps = { [K in StateKind]: { kind: K; state: keyof Looks[K] & string } }[StateKind];

export function State(props: StateProps) {
  const { t } = useTranslation();
  const [icon, color] = (LOOKS[props.kind] as Record<string, Look>)[props.state] ?? (['dot', 'gray'] as const);
  return (
    <Badge
      variant="light"
      color={color}
      radius="sm"
      leftSection={<Icon name={icon} size={14} />}
      data-state={props.state}
      className="state"
    >
      {t(`states.${props.kind}.${props.state}` as 'states.run.running')}
    </Badge>
  );
}
