/**
 * One break: what each of the three sides says, what became of it, and what somebody does about it. Who proposes a resolution cannot approve it.
 */
import { Alert, Anchor, Button, Code, Stack, TextInput, Timeline } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { CALM_MS } from '../../api/queries.js';
import { useMay, usePerson } from '../../api/session.js';
import { settlementbreaksAssign, settlementbreaksFind, settlementbreaksResolve } from '../../client/sdk.gen.js';
import type { SettlementBreakDetail } from '../../client/types.gen.js';
import { BreakApproval } from '../../parts/break-approval.js';
import { Decision } from '../../parts/decision.js';
import { Icon } from '../../parts/icon.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Facts, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Amount, Moment } from '../../parts/values.js';
import { Evidence } from './evidence.js';

type Break = SettlementBreakDetail;

export function Component() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const live = useLive(['breaks']);
  const one = useRead(['breaks', id], (signal) => settlementbreaksFind({ path: { id }, signal }), { everyMs: CALM_MS });
  const { data } = one;
  return (
    <Page
      title={data ? titleOf(data, t) : t('breaks.one')}
      up={{ to: '/breaks?state=open', label: t('places.breaks') }}
      beside={
        data && (
          <>
            <State kind="settlementBreak" state={data.state} />
            <LiveAsOf following={live.following} readAt={live.asOf('breaks', one)} everyMs={CALM_MS} />
          </>
        )
      }
      actions={data?.state === 'open' && <Actions of={data} />}
    >
      <Loaded query={one}>
        {(data) => (
          <Stack gap="md">
            {data.proposed && <Proposed of={data} />}
            <Evidence of={data} />
            <div className="columns">
              <About of={data} />
              <Moves of={data} />
            </div>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

const titleOf = ({ class: kind, reversal }: Break, t: TFunction) =>
  `${t(`approvals.breakClasses.${kind}`)}${reversal ? ` (${t('breaks.reversal')})` : ''}`;

function Proposed({ of: { proposed } }: { of: Break }) {
  const { t } = useTranslation();
  if (!proposed) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<Icon name="clock" />}
      title={`${t('breaks.proposed')}: ${t(`approvals.resolutions.${proposed.resolution}`)}`}
    >
      <div>{t('approvals.proposedBy', { by: proposed.by, reason: proposed.reason })}</div>
      <Button component={Link} to="/approvals" variant="default" size="xs" mt="sm">
        {t('breaks.toApprovals')}
      </Button>
    </Alert>
  );
}

function Actions({ of: { id, assignee, proposed, difference, currency } }: { of: Break }) {
  const { t } = useTranslation();
  const may = useMay();
  const person = usePerson();
  const path = { id };
  const money = difference !== null && currency !== null ? { value: difference, currency } : null;
  return (
    <>
      {may('settlementbreaks.assign') && assignee !== person.name && (
        <Decision
          verb={t('breaks.mine')}
          icon="person"
          color="wave"
          effect={t('breaks.mineEffect')}
          decide={() => settlementbreaksAssign({ path, body: { assignee: person.name } })}
        />
      )}
      {may('settlementbreaks.assign') && <Assign id={id} assignee={assignee} />}
      {may('settlementbreaks.resolve') && !proposed && (
        <Decision
          verb={t('breaks.resolve')}
          icon="scale"
          reason
          effect={
            <>
              {t('breaks.resolveEffect')} {money && <Amount money={money} />}
            </>
          }
          choices={{
            label: t('approvals.resolution'),
            options: (money ? (['compensate', 'accept'] as const) : (['accept'] as const)).map((value) => ({
              value,
              label: `${t(`approvals.resolutions.${value}`)}: ${t(`approvals.resolutionEffects.${value}`)}`,
            })),
          }}
          decide={({ reason, choice, idempotencyKey }) =>
            settlementbreaksResolve({
              path,
              body: { resolution: choice as 'accept' | 'compensate', reason },
              headers: { 'Idempotency-Key': idempotencyKey },
            })
          }
        />
      )}
      {may('settlementbreaks.approve') && proposed && proposed.by !== person.id && (
        <BreakApproval of={{ id, difference, currency }} proposed={proposed} verb={t('breaks.approve')} />
      )}
    </>
  );
}

function Assign({ id, assignee }: { id: string; assignee: string | null }) {
  const { t } = useTranslation();
  const [who, setWho] = useState(assignee ?? '');
  return (
    <Decision
      verb={t('breaks.assign')}
      icon="person"
      color="wave"
      effect={
        <TextInput
          label={t('breaks.assignee')}
          description={t('breaks.assignEffect')}
          value={who}
          maxLength={100}
          onChange={(event) => setWho(event.currentTarget.value)}
        />
      }
      decide={() => settlementbreaksAssign({ path: { id }, body: { assignee: who.trim() === '' ? null : who.trim() } })}
    />
  );
}

function About({ of: one }: { of: Break }) {
  const { t } = useTranslation();
  const { currency } = one;
  const money = (value: string | null) =>
    value !== null && currency !== null ? <Amount money={{ value, currency }} /> : '–';
  return (
    <Section title={t('breaks.about')}>
      <Facts
        facts={[
          [t('settlements.provider'), <span className="id">{one.provider}</span>],
          [
            t('settlements.day'),
            <Anchor
              component={Link}
              to={`/settlements?${new URLSearchParams({ provider: one.provider, from: one.day, to: one.day }).toString()}`}
              inherit
            >
              {one.day}
            </Anchor>,
          ],
          [t('settlements.openSum'), money(one.difference)],
          [t('breaks.compensated'), money(one.compensated)],
          [t('breaks.age'), t('breaks.ageDays', { count: one.ageDays })],
          [t('breaks.assignee'), one.assignee],
          [t('breaks.resolved'), one.resolution && t(`approvals.resolutions.${one.resolution}`)],
          [t('common.reason'), one.reason],
          [t('common.by'), [one.proposedBy, one.approvedBy].filter(Boolean).join(', ') || null],
        ]}
      />
    </Section>
  );
}

function Moves({ of: { moves } }: { of: Break }) {
  const { t } = useTranslation();
  return (
    <Section title={t('breaks.moves')}>
      <Timeline bulletSize={14} lineWidth={2} active={moves.length} className="section-body">
        {moves.map(({ to, cause, reason, transfer, at }, n) => (
          <Timeline.Item key={`${n} ${to}`} title={<State kind="settlementBreak" state={to as 'open'} />}>
            <Moment at={at} /> <Code>{cause}</Code> {reason}
            {transfer && (
              <div>
                {t('breaks.transfer')} <span className="id">{transfer}</span>
              </div>
            )}
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  );
}
