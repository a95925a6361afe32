/**
 * Pause, resume and stop of whatever has a switch: what it does to how many is said before, and afterwards what nobody knows yet.
 */
import { Alert, Group } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ControlAnswer, ControlState } from '../client/types.gen.js';
import { Decision, type Made } from './decision.js';
import { Icon } from './icon.js';

export type Overdue = 'send_now' | 'shift' | 'skip';

interface SwitchingProps {
  state: ControlState;
  /** How many people it concerns, where that is known: it stands on the buttons. */
  people?: number;
  /** What each would do, above the reason. */
  effect?: ReactNode;
  pause(made: Made): Promise<ControlAnswer>;
  resume(made: Made & { overdue: Overdue }): Promise<ControlAnswer>;
  stop?(made: Made): Promise<ControlAnswer>;
  quiet?: boolean;
}

export function Switching(props: SwitchingProps) {
  const { t } = useTranslation();
  const { state, people, quiet } = props;
  const [answer, setAnswer] = useState<ControlAnswer | null>(null);
  const verb = (name: 'pause' | 'resume' | 'stop') =>
    people === undefined ? t(`switching.${name}`) : t(`switching.${name}People`, { count: people });
  const effect = (name: 'pause' | 'resume' | 'stop') => (
    <>
      <div>{t(`switching.${name}Effect`)}</div>
      {props.effect}
    </>
  );
  const keep = async (made: Promise<ControlAnswer>) => setAnswer(await made);
  if (state === 'stopped') return answer ? <Said answer={answer} /> : null;
  return (
    <>
      <Group gap="xs">
        {state === 'running' && (
          <Decision
            verb={verb('pause')}
            icon="pause"
            color="yellow"
            quiet={quiet}
            reason
            effect={effect('pause')}
            decide={(made) => keep(props.pause(made))}
          />
        )}
        {state === 'paused' && (
          <Decision
            verb={verb('resume')}
            icon="play"
            quiet={quiet}
            reason
            effect={effect('resume')}
            choices={{
              label: t('switching.overdue'),
              options: (['send_now', 'shift', 'skip'] as const).map((value) => ({
                value,
                label: t(`switching.${value}`),
              })),
            }}
            decide={(made) => keep(props.resume({ ...made, overdue: made.choice as Overdue }))}
          />
        )}
        {props.stop && (
          <Decision
            verb={verb('stop')}
            icon="stop"
            color="red.9"
            quiet={quiet}
            reason
            effect={effect('stop')}
            decide={(made) => keep((props.stop as NonNullable<SwitchingProps['stop']>)(made))}
          />
        )}
      </Group>
      {answer && <Said answer={answer} />}
    </>
  );
}

export function Said({ answer: { acknowledged, ambiguous } }: { answer: ControlAnswer }) {
  const { t } = useTranslation();
  const unknown = ambiguous.messages + ambiguous.payouts > 0;
  return (
    <Alert
      color={acknowledged ? 'teal' : 'yellow'}
      variant="light"
      role="status"
      icon={<Icon name={acknowledged ? 'check' : 'clock'} />}
      title={t(acknowledged ? 'switching.acknowledged' : 'switching.underWay')}
    >
      {unknown && t('switching.ambiguous', ambiguous)}
    </Alert>
  );
}
