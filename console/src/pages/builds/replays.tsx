/**
 * What replays of all that was open have found: in a word beside each build, as a warning before it is put in force, and in full.
 */
import { Alert, Badge, Code, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { replaysList } from '../../client/sdk.gen.js';
import type { Deployment, ReplayReport } from '../../client/types.gen.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Facts, Section } from '../../parts/page.js';
import { Count, Moment } from '../../parts/values.js';

type Build = Deployment['builds'][number];
type Replay = Build['replay'];

const wordOf = (replay: Replay) => (replay === null ? 'none' : replay.broken === 0 ? 'clean' : 'breaks');
const LOOKS = { none: ['help', 'yellow'], clean: ['check', 'teal'], breaks: ['alert', 'red'] } as const;

export function ReplayState({ replay }: { replay: Replay }) {
  const { t } = useTranslation();
  const word = wordOf(replay);
  const [icon, color] = LOOKS[word];
  return (
    <>
      <Badge
        variant="light"
        color={color}
        radius="sm"
        leftSection={<Icon name={icon} size={14} />}
        className="state"
        data-replay={word}
      >
        {t(`builds.replay.${word}`, { count: replay?.broken })}
      </Badge>
      {replay && (
        <Text size="xs" c="dimmed">
          <Moment at={replay.at} />
        </Text>
      )}
    </>
  );
}

/** Before it is put in force: nothing where its replay is clean. */
export function ReplayWarning({ build: { build, replay } }: { build: Build }) {
  const { t } = useTranslation();
  const word = wordOf(replay);
  if (word === 'clean') return null;
  return (
    <Alert
      color={LOOKS[word][1]}
      variant="light"
      role="status"
      icon={<Icon name="alert" />}
      title={t(`builds.replay.${word}Title`, { build, count: replay?.broken })}
      data-warned={word}
    >
      {t(`builds.replay.${word}Cure`)}
    </Alert>
  );
}

/** The newest of each build, also of builds that no worker runs yet. */
export function Replays({ live }: { live: Live }) {
  const { t } = useTranslation();
  const reports = useRead(['deployment', 'replays'], (signal) => replaysList({ signal }), live.polled);
  return (
    <Section title={t('builds.before')} note={t('builds.beforeNote')}>
      <div className="section-body">
        <Code block tabIndex={0}>
          ./pado replay --open --report BUILD
        </Code>
      </div>
      <Loaded query={reports}>
        {({ items }) =>
          items.length === 0 ? (
            <Text className="section-body">{t('builds.replay.noReports')}</Text>
          ) : (
            items.map((report) => <Report key={report.no} report={report} />)
          )
        }
      </Loaded>
    </Section>
  );
}

function Report({ report }: { report: ReplayReport }) {
  const { t } = useTranslation();
  const { build, types, breaks, broken, staying, actor } = report;
  return (
    <section className="replay" data-reported={build} aria-label={t('builds.replay.of', { build })}>
      <Facts
        facts={[
          [t('builds.build'), <strong>{build}</strong>],
          [t('builds.replay.found'), <ReplayState replay={report} />],
          [
            t('builds.replay.staying'),
            staying.length > 0 &&
              staying.map((one) => t('builds.replay.stays', { build: one.build, count: one.open })).join(', '),
          ],
          [t('common.by'), actor],
        ]}
      />
      {types.length > 0 && (
        <Rows
          rows={types}
          keyOf={({ type }) => type}
          label={t('builds.replay.types', { build })}
          columns={[
            { name: t('builds.replay.type'), of: ({ type }) => <span className="id">{type}</span> },
            { name: t('builds.replay.fine'), right: true, of: ({ fine }) => <Count of={fine} /> },
            { name: t('builds.replay.broken'), right: true, of: (one) => <Count of={one.broken} /> },
          ]}
        />
      )}
      {breaks.length > 0 && (
        <Rows
          rows={breaks}
          keyOf={({ workflow }) => workflow}
          label={t('builds.replay.which', { build })}
          columns={[
            { name: t('builds.replay.workflow'), of: ({ workflow }) => <span className="id">{workflow}</span> },
            { name: t('builds.replay.type'), of: ({ type }) => <span className="id">{type}</span> },
            { name: t('builds.replay.why'), of: ({ reason }) => reason },
          ]}
        />
      )}
      {broken > breaks.length && (
        <Text size="sm" c="dimmed" className="section-body">
          {t('builds.replay.more', { count: broken - breaks.length })}
        </Text>
      )}
    </section>
  );
}
