/**
 * The moves between builds. Each says how many workflows it is about before anybody decides.
 */
import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.js';
import { deploymentAbandon, deploymentRamp, deploymentRollback, deploymentSetCurrent } from '../../client/sdk.gen.js';
import type { Deployment } from '../../client/types.gen.js';
import { sumOf } from '../../format/count.js';
import { Decision } from '../../parts/decision.js';
import { ReplayWarning } from './replays.js';

type Build = Deployment['builds'][number];

/** Workflows of the whole deployment but for a build. */
function elsewhere({ builds, unversioned }: Deployment, build: string): number {
  const others = builds.filter((one) => one.build !== build);
  return unversioned.open + sumOf(Object.fromEntries(others.map((one) => [one.build, one.open])));
}

export function OfBuild({ build: own, deployment }: { build: Build; deployment: Deployment }) {
  const { build, state, workers, open } = own;
  const { t } = useTranslation();
  const may = useMay();
  const isCurrent = deployment.current === build;
  const worked = workers > 0;
  return (
    <>
      {!isCurrent && worked && may('deployment.setCurrent') && (
        <Decision
          verb={t('builds.setCurrent')}
          icon="play"
          quiet
          reason
          effect={
            <Stack gap="xs">
              <ReplayWarning build={own} />
              <span>{t('builds.setCurrentEffect', { build, count: elsewhere(deployment, build) })}</span>
            </Stack>
          }
          decide={({ reason }) => deploymentSetCurrent({ body: { build, reason } })}
        />
      )}
      {!isCurrent && worked && may('deployment.ramp') && <Ramp build={own} deployment={deployment} />}
      {state === 'deserted' && may('deployment.abandon') && (
        <Decision
          verb={t('builds.abandon', { count: open })}
          icon="ban"
          color="red.9"
          quiet
          reason
          effect={t('builds.abandonEffect', { build, count: open })}
          decide={({ reason }) => deploymentAbandon({ body: { build, reason } })}
        />
      )}
    </>
  );
}

function Ramp({ build: own, deployment }: { build: Build; deployment: Deployment }) {
  const { build } = own;
  const { t } = useTranslation();
  const [percent, setPercent] = useState('10');
  return (
    <Decision
      verb={t('builds.toRamp')}
      icon="send"
      quiet
      reason
      effect={
        <Stack gap="xs">
          <ReplayWarning build={own} />
          <span>{t('builds.rampEffect', { build, count: elsewhere(deployment, build) })}</span>
          <TextInput
            label={t('builds.percent')}
            value={percent}
            onChange={(event) => setPercent(event.currentTarget.value)}
            inputMode="numeric"
            pattern="0|[1-9][0-9]?|100"
            required
          />
        </Stack>
      }
      decide={({ reason }) => deploymentRamp({ body: { build, percent: Number(percent), reason } })}
    />
  );
}

/** Ends the ramp, or makes the build current that was it before. */
export function RollBack({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const may = useMay();
  const { current, ramp, former, builds } = deployment;
  if (!may('deployment.rollback') || (!ramp && former === null)) return null;
  const left = ramp?.build ?? current ?? '';
  const count = builds.find(({ build }) => build === left)?.open ?? 0;
  return (
    <Decision
      verb={t('builds.rollback')}
      icon="undo"
      color="red.9"
      reason
      effect={
        ramp
          ? t('builds.rollbackRampEffect', { build: ramp.build, count })
          : t('builds.rollbackEffect', { build: left, former, count })
      }
      decide={({ reason }) => deploymentRollback({ body: { reason } })}
    />
  );
}
