/**
 * After the database was set back: what was found by asking, what is still in doubt, and the release of everything that is held, by two persons.
 */
import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { useMay, usePerson } from '../../api/session.js';
import { restorationsApprove, restorationsList, restorationsPropose } from '../../client/sdk.gen.js';
import type { Restoration, Restorations } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Facts, Page, Section } from '../../parts/page.js';
import { Count, Moment } from '../../parts/values.js';

type Doubt = Restorations['report']['messages'][number];

export function Component() {
  const { t } = useTranslation();
  const live = useLive(['restorations']);
  const restorations = useRead(['restorations'], (signal) => restorationsList({ signal }), live.polled);
  return (
    <Page
      title={t('places.restorations')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('restorations', restorations)} />}
    >
      <Loaded query={restorations}>
        {({ items, report }) =>
          items.length === 0 ? (
            <Empty icon="check" title={t('restorations.none')} />
          ) : (
            <>
              {items.map((item) => (
                <One key={item.no} item={item} open={openIn(report)} />
              ))}
              <Report report={report} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

/** What nobody knows yet: not asked about, being asked, or not to be asked. */
const OPEN: readonly string[] = ['waiting', 'asking', 'unknown'];

function openIn({ messages, payouts }: Restorations['report']): { messages: number; payouts: number } {
  const sum = (doubts: readonly Doubt[]) =>
    doubts.reduce((total, { state, n }) => total + (OPEN.includes(state) ? n : 0), 0);
  return { messages: sum(messages), payouts: sum(payouts) };
}

interface OneProps {
  item: Restoration;
  /** Of which nobody knows yet what became of it. */
  open: { messages: number; payouts: number };
}

function One({ item, open }: OneProps) {
  const { t } = useTranslation();
  const { no, proposed, released } = item;
  return (
    <Section title={t('restorations.title', { no })} beside={<Release item={item} open={open} />}>
      {released === null && (
        <Alert
          color="yellow"
          variant="light"
          radius={0}
          role="status"
          icon={<Icon name="hold" />}
          title={t(proposed === null ? 'restorations.held' : 'restorations.proposed')}
          data-held={proposed === null ? 'held' : 'proposed'}
        />
      )}
      <Facts
        facts={[
          [t('restorations.restoredTo'), <Moment at={item.restoredTo} />],
          [t('restorations.foundAt'), <Moment at={item.foundAt} />],
          [t('common.reason'), item.reason],
          [t('common.by'), item.actor],
          [t('restorations.proposedBy'), proposed && `${proposed.by}: ${proposed.reason}`],
          [
            t('restorations.releasedBy'),
            released && (
              <span data-released={no}>
                {released.by} · <Moment at={released.at} />
              </span>
            ),
          ],
        ]}
      />
    </Section>
  );
}

/** One person proposes it, and another approves it. */
function Release({ item: { no, proposed, released }, open }: OneProps) {
  const { t } = useTranslation();
  const { id } = usePerson();
  const may = useMay();
  const path = { no };
  if (released !== null) return null;
  const effect = (
    <>
      <div>{t('restorations.releaseEffect')}</div>
      <strong>{t('restorations.open', open)}</strong>
      {proposed && <div>{proposed.reason}</div>}
    </>
  );
  if (proposed === null)
    return (
      may('restorations.propose') && (
        <Decision
          verb={t('restorations.propose')}
          icon="play"
          reason
          effect={effect}
          decide={({ reason, idempotencyKey }) =>
            restorationsPropose({ path, body: { reason }, headers: { 'Idempotency-Key': idempotencyKey } })
          }
        />
      )
    );
  return (
    proposed.by !== id &&
    may('restorations.approve') && (
      <Decision
        verb={t('restorations.approve')}
        icon="approve"
        color="red.9"
        effect={effect}
        decide={({ idempotencyKey }) => restorationsApprove({ path, headers: { 'Idempotency-Key': idempotencyKey } })}
      />
    )
  );
}

function Report({ report: { messages, payouts, unknownToUs } }: { report: Restorations['report'] }) {
  const { t } = useTranslation();
  const rows = [
    ...messages.map((one) => ({ ...one, what: t('restorations.messages') })),
    ...payouts.map((one) => ({ ...one, what: t('places.payouts') })),
    ...unknownToUs.map((one) => ({ ...one, state: 'unknown_to_us', what: t('places.payouts') })),
  ];
  return (
    <Section title={t('restorations.report')} note={t('restorations.reportNote')}>
      {rows.length === 0 ? (
        <Empty icon="check" title={t('restorations.nothingDoubted')} />
      ) : (
        <Rows
          rows={rows}
          keyOf={({ what, system, state }) => `${what} ${system} ${state}`}
          label={t('restorations.report')}
          columns={[
            { name: t('queues.system'), of: ({ system }) => system },
            { name: t('restorations.what'), of: ({ what }) => what },
            {
              name: t('common.state'),
              of: ({ state }) => t(`restorations.states.${state as 'waiting'}`, state),
            },
            { name: t('restorations.count'), right: true, of: ({ n }) => <Count of={n} /> },
          ]}
        />
      )}
    </Section>
  );
}
