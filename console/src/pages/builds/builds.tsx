/**
 * The builds of workers: which one is in force, who works for each, how much is on it, and the moves between them, each of which names what it touches.
 */
import { Alert, Badge, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CallFailed } from '../../api/problem.js';
import { useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { deploymentFind } from '../../client/sdk.gen.js';
import type { Deployment } from '../../client/types.gen.js';
import { Icon, type IconName } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Facts, Page, Section } from '../../parts/page.js';
import { Count, Moment } from '../../parts/values.js';
import { OfBuild, RollBack } from './moves.js';
import { Replays, ReplayState } from './replays.js';

type Build = Deployment['builds'][number];

export function Component() {
  const { t } = useTranslation();
  const live = useLive(['deployment']);
  const deployment = useRead(['deployment'], (signal) => deploymentFind({ signal }), live.polled);
  const { data, error } = deployment;
  const none = error instanceof CallFailed && error.kind === 'not_found';
  return (
    <Page
      title={t('places.builds')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('deployment', deployment)} />}
      actions={data && <RollBack deployment={data} />}
    >
      {none ? (
        <Empty icon="flag" title={t('builds.none')} />
      ) : (
        <Loaded query={deployment}>{(data) => <Shown deployment={data} />}</Loaded>
      )}
      <Replays live={live} />
    </Page>
  );
}

function Shown({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const { current, ramp, former, builds, unversioned } = deployment;
  const deserted = builds.filter(({ state }) => state === 'deserted');
  return (
    <>
      {deserted.map(({ build, open }) => (
        <Alert
          key={build}
          color="red"
          variant="light"
          role="status"
          icon={<Icon name="alert" />}
          title={t('builds.deserted', { build, count: open })}
        >
          {t('builds.desertedCure')}
        </Alert>
      ))}
      <Section title={deployment.deployment}>
        <Facts
          facts={[
            [t('builds.current'), current ?? t('builds.noCurrent')],
            [t('builds.ramp'), ramp && t('builds.ramping', { build: ramp.build, percent: ramp.percent })],
            [t('builds.former'), former],
            [
              t('builds.unversioned'),
              t('builds.unversionedOf', { workers: unversioned.workers, open: unversioned.open }),
            ],
          ]}
        />
      </Section>
      <Section title={t('builds.all')} note={t('builds.allNote')}>
        {builds.length === 0 ? (
          <Text className="section-body">{t('builds.noWorkers')}</Text>
        ) : (
          <Rows
            rows={builds}
            keyOf={({ build }) => build}
            label={t('builds.all')}
            columns={[
              { name: t('builds.build'), of: ({ build }) => <strong>{build}</strong> },
              { name: t('common.state'), of: (build) => <BuildState build={build} /> },
              { name: t('builds.workers'), right: true, of: ({ workers }) => <Count of={workers} /> },
              { name: t('builds.open'), right: true, of: ({ open }) => <Count of={open} /> },
              { name: t('builds.replay.title'), of: ({ replay }) => <ReplayState replay={replay} /> },
              { name: t('builds.currentAt'), of: ({ currentAt }) => <Moment at={currentAt} /> },
              {
                name: t('common.decide'),
                of: (build) => (
                  <Group gap="xs">
                    <OfBuild build={build} deployment={deployment} />
                  </Group>
                ),
              },
            ]}
          />
        )}
      </Section>
    </>
  );
}

const LOOKS: Record<Build['state'], readonly [IconName, string]> = {
  current: ['play', 'teal'],
  ramping: ['send', 'wave'],
  leaving: ['clock', 'yellow'],
  deserted: ['alert', 'red'],
  empty: ['dot', 'gray'],
};

function BuildState({ build: { build, state } }: { build: Build }) {
  const { t } = useTranslation();
  const [icon, color] = LOOKS[state];
  return (
    <Badge
      variant="light"
      color={color}
      radius="sm"
      leftSection={<Icon name={icon} size={14} />}
      className="state"
      data-build={build}
      data-state={state}
    >
      {t(`builds.states.${state}`)}
    </Badge>
  );
}
