/**
 * Slowing a gateway or provider down while it runs, and letting it go at its configured rate again.
 */
import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.js';
import { ratesChange } from '../../client/sdk.gen.js';
import type { Rate } from '../../client/types.gen.js';
import { Decision, type Made } from '../../parts/decision.js';

/** `perSecond`: null is as configured. `system`: gateway/<name> or provider/<name>. */
function change(system: string, perSecond: number | null, { reason, idempotencyKey }: Made): Promise<unknown> {
  const [kind = '', ...rest] = system.split('/');
  return ratesChange({
    path: { kind, name: rest.join('/') },
    body: { perSecond, reason },
    headers: { 'Idempotency-Key': idempotencyKey },
  });
}

export function ChangeRate({ rate }: { rate: Rate }) {
  const { t } = useTranslation();
  const may = useMay();
  const [wanted, setWanted] = useState('');
  if (!may('rates.change')) return null;
  return (
    <Decision
      verb={t('queues.change')}
      icon="clock"
      quiet
      reason
      effect={
        <Stack gap="xs">
          <span>{t('queues.changeEffect', { system: rate.system })}</span>
          <TextInput
            label={t('queues.perSecond')}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
            inputMode="numeric"
            pattern="[1-9][0-9]{0,6}"
            required
          />
        </Stack>
      }
      decide={async (made) => {
        await change(rate.system, Number(wanted), made);
        setWanted('');
      }}
    />
  );
}

export function ResetRate({ rate }: { rate: Rate }) {
  const { t } = useTranslation();
  const may = useMay();
  if (rate.said === null || !may('rates.change')) return null;
  return (
    <Decision
      verb={t('queues.reset')}
      icon="undo"
      quiet
      reason
      effect={t('queues.resetEffect', { system: rate.system, rate: rate.configured ?? '∞' })}
      decide={(made) => change(rate.system, null, made)}
    />
  );
}
