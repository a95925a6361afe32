/**
 * Why the run was made and what has come of it: goal, KPI and hypothesis beside the share that reached the goal, treated and held out; then each wave by
 * arm, label and offer. Of many people it is counted when somebody asks for it.
 */
import { Button, Group, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import { queries } from '../../api/queries.js';
import { runsReport } from '../../client/sdk.gen.js';
import type { Campaign, ReportCell, RunDetail, RunReport } from '../../client/types.gen.js';
import { shareText, sumOf } from '../../format/count.js';
import { spanWords } from '../../format/span.js';
import { upliftOf } from '../../format/uplift.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Facts, Section } from '../../parts/page.js';
import { Count } from '../../parts/values.js';
import { GoalCurve } from './goal-curve.js';

/** Counted by itself up to so many people. */
const BY_ITSELF_MAX = 20_000;

export function Outcome({ run, campaign }: { run: RunDetail; campaign: Campaign | undefined }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const people = run.participants.active + run.participants.ended + run.participants.failed;
  const wanted = asked || people <= BY_ITSELF_MAX;
  const report = useRead(['runs', run.id, 'report'], (signal) => runsReport({ path: { run: run.id }, signal }), {
    enabled: wanted,
    once: true,
  });
  const again = (
    <Button
      variant="default"
      size="xs"
      leftSection={<Icon name="refresh" size={14} />}
      loading={report.isFetching}
      onClick={() => void queries.invalidateQueries({ queryKey: ['runs', run.id] })}
    >
      {t('common.refresh')}
    </Button>
  );
  return (
    <Section title={t('live.outcome')} beside={wanted && report.data && again}>
      <Reasons campaign={campaign} />
      {wanted ? (
        <Loaded query={report}>
          {(data) => (
            <>
              <Reaches report={data} />
              {data.why.goal !== null && <GoalCurve run={run.id} />}
              <Cells report={data} />
            </>
          )}
        </Loaded>
      ) : (
        <Group gap="md" className="section-body">
          <Button leftSection={<Icon name="chart" size={16} />} onClick={() => setAsked(true)}>
            {t('live.readReport', { count: people })}
          </Button>
          <Text size="sm" c="dimmed">
            {t('live.readReportNote')}
          </Text>
        </Group>
      )}
    </Section>
  );
}

function Reasons({ campaign }: { campaign: Campaign | undefined }) {
  const { t, i18n } = useTranslation();
  const { goal, kpiTarget, hypothesis } = campaign ?? {};
  return (
    <Facts
      facts={[
        [
          t('live.goal'),
          goal
            ? t('live.goalWithin', { event: goal.event, window: spanWords(goal.window, i18n.language) })
            : t('live.notSet'),
        ],
        [t('live.kpi'), kpiTarget ?? t('live.notSet')],
        [t('live.hypothesis'), hypothesis ?? t('live.notSet')],
      ]}
    />
  );
}

/** Of people, not of visits; held out are those who got nothing, by the draw. */
function Reaches({ report: { treated, holdout, why } }: { report: RunReport }) {
  const { t, i18n } = useTranslation();
  if (why.goal === null) return null;
  const uplift = upliftOf(treated, holdout);
  const points = (of: number) =>
    new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(of * 100);
  const groups = [
    { name: t('live.treated'), ...treated },
    { name: t('live.holdout'), ...holdout },
  ];
  return (
    <>
      <Rows
        rows={groups}
        keyOf={({ name }) => name}
        label={t('live.reached')}
        columns={[
          { name: t('live.group'), of: ({ name }) => name },
          { name: t('live.people'), right: true, of: ({ people }) => <Count of={people} /> },
          { name: t('live.reached'), right: true, of: ({ goal }) => <Count of={goal} /> },
          { name: t('live.share'), right: true, of: ({ goal, people }) => shareText(goal, people, i18n.language) },
        ]}
      />
      <Text size="sm" className="section-body" component="p" data-uplift={uplift?.points}>
        {uplift === null ? (
          t('live.noHoldout')
        ) : (
          <>
            {t('live.difference')} <b>{t('live.points', { points: points(uplift.points) })}</b>{' '}
            <Text span size="sm" c="dimmed">
              {t('live.interval', { from: points(uplift.from), to: points(uplift.to) })}
              {uplift.from <= 0 && uplift.to >= 0 && ` · ${t('live.unsure')}`}
            </Text>
          </>
        )}
      </Text>
    </>
  );
}

function Cells({ report: { cells, why } }: { report: RunReport }) {
  const { t, i18n } = useTranslation();
  if (cells.length === 0) return null;
  const share = (part: number, whole: number) => (
    <Text span size="xs" c="dimmed" className="part">
      {shareText(part, whole, i18n.language)}
    </Text>
  );
  const count = (name: string, of: (cell: ReportCell) => ReactNode) => ({ name, right: true, of });
  return (
    <>
      <Text size="sm" c="dimmed" className="section-note">
        {t('live.comparedNote')}
      </Text>
      <Rows
        rows={cells}
        keyOf={({ wave, arm, label, offer }) => [wave, arm, label, offer].join(' ')}
        label={t('live.compared')}
        columns={[
          count(t('live.wave'), ({ wave }) => wave),
          { name: t('live.arm'), of: ({ arm }) => arm ?? '–' },
          { name: t('live.label'), of: ({ label }) => label ?? '–' },
          { name: t('live.offer'), of: ({ offer }) => <span className="id">{offer}</span> },
          count(t('runs.entered'), ({ entered }) => <Count of={entered} />),
          count(t('live.suppressed'), ({ suppressed }) => <Count of={sumOf(suppressed)} />),
          count(t('live.sent'), ({ sent }) => <Count of={sent} />),
          count(t('live.delivered'), ({ delivered }) => <Count of={delivered} />),
          count(t('live.responded'), ({ responded, sent }) => (
            <>
              <Count of={responded} /> {share(responded, sent)}
            </>
          )),
          count(t('live.late'), ({ late }) => <Count of={late} />),
          count(t('live.paid'), ({ paid }) => <Count of={paid} />),
          ...(why.goal === null
            ? []
            : [
                count(t('live.reached'), ({ goal, entered }) => (
                  <>
                    <Count of={goal} /> {share(goal, entered)}
                  </>
                )),
              ]),
        ]}
      />
    </>
  );
}
