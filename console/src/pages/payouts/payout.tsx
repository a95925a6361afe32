/**
 * One payout: its state and every move, what waits for a second person, each attempt at the provider, the transfers that it caused, and what may be decided
 * about it.
 */
import { Alert, Anchor, Code, Stack, Timeline } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { payoutsFind } from '../../client/sdk.gen.js';
import type { PayoutDetail, PayoutProposal } from '../../client/types.gen.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Facts, Page, Section } from '../../parts/page.js';
import { DecideProposal, nameOf, Said } from '../../parts/proposal.js';
import { State } from '../../parts/state.js';
import { Amount, Moment } from '../../parts/values.js';
import { PayoutActions } from './actions.js';

export function Component() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  // told of what persons propose and decide, too, beside every move
  const live = useLive(['owed']);
  const payout = useRead(['owed', 'payout', key], (signal) => payoutsFind({ path: { key }, signal }), live.polled);
  const { data } = payout;
  return (
    <Page
      title={key}
      up={{ to: '/payouts', label: t('places.payouts') }}
      beside={
        data && (
          <>
            <State kind="payout" state={data.state} />
            <LiveAsOf following={live.following} readAt={live.asOf('owed', payout)} />
          </>
        )
      }
      actions={data && <PayoutActions payout={data} />}
    >
      <Loaded query={payout}>
        {(data) => (
          <div className="columns">
            <Stack gap="md">
              {data.proposed && <Proposed payout={data} proposed={data.proposed} />}
              <About payout={data} />
              <Moves payout={data} />
            </Stack>
            <Stack gap="md">
              <Transfers payout={data} />
              <Attempts payout={data} />
              {data.reversals.length > 0 && <Reversals payout={data} />}
            </Stack>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Proposed({ payout, proposed }: { payout: PayoutDetail; proposed: PayoutProposal }) {
  const { t } = useTranslation();
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<Icon name="clock" />}
      title={`${t('payouts.proposed')}: ${t(`approvals.proposed.${nameOf(proposed)}.name`)}`}
    >
      <Stack gap="sm">
        <Said of={proposed} />
        <DecideProposal payout={payout.key} amount={payout.amount} proposed={proposed} />
      </Stack>
    </Alert>
  );
}

function About({ payout }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  const to = (path: string, name: string) => (
    <Anchor component={Link} to={`${path}/${encodeURIComponent(name)}`} inherit>
      {name}
    </Anchor>
  );
  return (
    <Section title={t('payouts.about')}>
      <Facts
        facts={[
          [t('payouts.amount'), <Amount money={payout.amount} />],
          [t('payouts.kind'), t(`payouts.kinds.${payout.kind}`)],
          [t('payouts.customer'), to('/customers', payout.customer)],
          [t('payouts.filters.campaign'), to('/campaigns', payout.campaign)],
          [t('payouts.filters.run'), to('/runs', payout.run)],
          [t('payouts.node'), `${payout.node} ×${payout.visit}`],
          [t('payouts.generation'), payout.generation],
          [t('payouts.filters.budget'), payout.budget],
          [t('payouts.filters.provider'), payout.provider],
          [t('payouts.reference'), payout.reference && <span className="id">{payout.reference}</span>],
          [t('payouts.why'), payout.reason && <Code>{payout.reason}</Code>],
          ...(payout.owed ? [[t('payouts.owed'), <State kind="owed" state={payout.owed} />] as const] : []),
          [t('payouts.earned'), <Moment at={payout.decidedAt} />],
          [t('payouts.paidAt'), <Moment at={payout.paidAt} />],
        ]}
      />
    </Section>
  );
}

function Moves({ payout: { moves } }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('payouts.moves')}>
      <Timeline bulletSize={14} lineWidth={2} active={moves.length} className="section-body">
        {moves.map(({ to, cause, reason, at }, n) => (
          <Timeline.Item key={`${n} ${to}`} title={<State kind="payout" state={to as 'paid'} />}>
            <Moment at={at} /> <Code>{cause}</Code> {reason}
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  );
}

function Transfers({ payout: { transfers } }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  const account = (name: string) => (
    <Anchor component={Link} to={`/accounts/${encodeURIComponent(name)}`} inherit className="id">
      {name}
    </Anchor>
  );
  return (
    <Section title={t('payouts.transfers')}>
      {transfers.length === 0 ? (
        <Empty icon="book" title={t('payouts.noTransfers')} />
      ) : (
        <Rows
          rows={transfers}
          keyOf={({ id }) => id}
          label={t('payouts.transfers')}
          columns={[
            { name: t('ledger.kind'), of: ({ kind }) => kind },
            { name: t('ledger.debit'), of: ({ debit }) => account(debit) },
            { name: t('ledger.credit'), of: ({ credit }) => account(credit) },
            { name: t('payouts.amount'), right: true, of: ({ amount }) => <Amount money={amount} /> },
            { name: t('common.at'), of: ({ at }) => <Moment at={at} /> },
          ]}
        />
      )}
    </Section>
  );
}

function Attempts({ payout: { attempts } }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('payouts.attempts')}>
      {attempts.length === 0 ? (
        <Empty icon="send" title={t('payouts.noAttempts')} />
      ) : (
        <Rows
          rows={attempts}
          keyOf={({ attempt }) => String(attempt)}
          label={t('payouts.attempts')}
          columns={[
            { name: t('payouts.attempt'), right: true, of: ({ attempt }) => attempt },
            { name: t('payouts.outcome'), of: ({ outcome }) => (outcome === null ? '–' : <Code>{outcome}</Code>) },
            { name: t('payouts.customerStatus'), of: ({ customerStatus }) => customerStatus },
            { name: t('common.at'), of: ({ now }) => <Moment at={now} /> },
          ]}
        />
      )}
    </Section>
  );
}

function Reversals({ payout: { reversals } }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('payouts.reversals')}>
      <Rows
        rows={reversals}
        keyOf={({ n }) => String(n)}
        label={t('payouts.reversals')}
        columns={[
          { name: t('common.state'), of: ({ state }) => t(`payouts.reversalStates.${state}`) },
          { name: t('common.reason'), of: ({ reason }) => reason },
          { name: t('common.by'), of: ({ proposedBy, approvedBy }) => `${proposedBy}, ${approvedBy}` },
          { name: t('common.at'), of: ({ requestedAt }) => <Moment at={requestedAt} /> },
        ]}
      />
    </Section>
  );
}
