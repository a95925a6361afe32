/**
 * A live run in one snapshot: the seven stages in their order, its people on the journey, what came of it, and both sums of every node, which always add up.
 */
import { Anchor, Button, Group, Skeleton, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useLiveRun } from '../../api/live.js';
import { useRead } from '../../api/lists.js';
import { useMay, usePerson } from '../../api/session.js';
import { campaignversionsFind, runmovesPause, runmovesResume, runmovesStop } from '../../client/sdk.gen.js';
import type { Campaign, RunDetail } from '../../client/types.gen.js';
import { sumOf } from '../../format/count.js';
import { inPassing } from '../../format/run.js';
import { Icon } from '../../parts/icon.js';
import { InTemporal } from '../../parts/in-temporal.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Facts, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Switching } from '../../parts/switching.js';
import { Count, Moment } from '../../parts/values.js';
import { withTexts } from '../../texts/parts.js';
import { planAddress } from '../retries/selector.js';
import { Curve } from './curve.js';
import { MessagesTable, PeopleTable } from './nodes.js';
import { Outcome } from './outcome.js';
import { Stages } from './stages.js';

/** The page stands without its drawing: the tables tell the same. */
const LiveCanvas = lazy(() =>
  withTexts(['canvas'], () => import('../../canvas/live.js'))().catch(() => ({ default: NotDrawn })),
);

export function Component() {
  const { t } = useTranslation();
  const { run = '' } = useParams();
  const detail = useLiveRun(run);
  const { data } = detail;
  return (
    <Page
      title={data?.campaign ?? run}
      up={{ to: '/runs', label: t('places.runs') }}
      beside={
        data && (
          <>
            <State kind="run" state={data.state} />
            {data.control !== 'running' && <State kind="control" state={data.control} />}
            <LiveAsOf following={detail.following} readAt={detail.dataUpdatedAt} />
          </>
        )
      }
      actions={
        data && (
          <>
            <TryAgain run={data.id} />
            <Actions run={data} />
          </>
        )
      }
    >
      <Loaded query={detail}>
        {(data) => (
          <>
            <Stages run={data} />
            <Journey run={data} />
            <Curve run={run} moves={data.state !== 'closed'} />
            <Section title={t('runs.people')} note={t('runs.peopleNote')}>
              <PeopleTable nodes={inPassing(data.nodes)} />
            </Section>
            <Section title={t('runs.messages')} note={t('runs.messagesNote')}>
              <MessagesTable nodes={inPassing(data.nodes)} />
            </Section>
            <div className="columns">
              <Payouts run={data} />
              <About run={data} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function NotDrawn() {
  const { t } = useTranslation();
  return (
    <Text c="dimmed" className="section-body">
      {t('live.notDrawn')}
    </Text>
  );
}

/** As it was launched: a version never changes. */
function Journey({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const { campaign: key, version } = run;
  const { data } = useRead(
    ['campaigns', key, 'versions', version],
    (signal) => campaignversionsFind({ path: { key, version }, signal }),
    { once: true },
  );
  const campaign: Campaign | undefined = data?.draft;
  const coming = <Skeleton height={420} radius={0} />;
  return (
    <>
      <Section title={t('live.canvas')} note={t('live.canvasNote')}>
        {campaign ? (
          <Suspense fallback={coming}>
            <LiveCanvas journey={campaign.journey} nodes={run.nodes} />
          </Suspense>
        ) : (
          coming
        )}
      </Section>
      <Outcome run={run} campaign={campaign} />
    </>
  );
}

/** What of it failed or stands still, tried again: first of all it is shown what that would do. */
function TryAgain({ run }: { run: string }) {
  const { t } = useTranslation();
  const { roles } = usePerson();
  const all = roles.includes('operator') || roles.includes('admin');
  if (!all && !roles.includes('marketer')) return null;
  return (
    <Button
      component={Link}
      to={planAddress({ what: all ? 'run' : 'participants', run })}
      variant="default"
      leftSection={<Icon name="refresh" size={16} />}
    >
      {t('attention.retry')}
    </Button>
  );
}

function Actions({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const { open } = run;
  // everybody is decided about, but what waits to go out can still be held up
  const over = run.state === 'closed' && run.control === 'running' && open.messages === 0;
  if (over || !may('runmoves.pause')) return null;
  const path = { run: run.id };
  return (
    <Switching
      state={run.control}
      people={run.participants.active}
      effect={t('runs.open', { people: open.participants, messages: open.messages, payouts: open.payouts })}
      pause={({ reason }) => runmovesPause({ path, body: { reason } })}
      resume={({ reason, overdue }) => runmovesResume({ path, body: { reason, overdue } })}
      stop={({ reason }) => runmovesStop({ path, body: { reason } })}
    />
  );
}

function Payouts({ run: { id, payouts } }: { run: RunDetail }) {
  const { t } = useTranslation();
  const states = Object.entries(payouts).filter(([, count]) => count > 0);
  return (
    <Section title={t('places.payouts')} beside={<Count of={sumOf(payouts)} />}>
      <Group gap="md" className="section-body">
        {states.length === 0 && t('runs.noPayouts')}
        {states.map(([state, count]) => (
          <Anchor
            key={state}
            component={Link}
            to={`/payouts?run=${encodeURIComponent(id)}&state=${state}`}
            underline="never"
            className="tally"
          >
            <State kind="payout" state={state as 'paid'} />
            <Count of={count} />
          </Anchor>
        ))}
      </Group>
    </Section>
  );
}

function About({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('runs.about')}>
      <Facts
        facts={[
          [t('runs.run'), <span className="id">{run.id}</span>],
          [
            t('runs.campaign'),
            <Anchor component={Link} to={`/campaigns/${encodeURIComponent(run.campaign)}`} inherit>
              {run.campaign}
            </Anchor>,
          ],
          [t('campaigns.version'), run.version],
          [t('runs.openedBy'), run.openedBy],
          [t('runs.lanes'), run.lanes],
          [t('runs.unmatched'), run.unmatched === null ? null : <Count of={run.unmatched} />],
          [t('common.workflows'), run.workflows && <InTemporal href={run.workflows} />],
          [t('runs.startedAt'), <Moment at={run.startedAt} />],
          [t('runs.closedAt'), <Moment at={run.closedAt} />],
        ]}
      />
    </Section>
  );
}
