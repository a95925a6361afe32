/**
 * How far behind each gateway's and provider's queue is, and how many items a second it gets: as configured, or fewer where somebody has said so.
 */
import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { queuesList, ratesList } from '../../client/sdk.gen.js';
import type { Queues, Rate } from '../../client/types.gen.js';
import { Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Age, Count, Moment } from '../../parts/values.js';
import { ChangeRate, ResetRate } from './rate.js';

export function Component() {
  const { t } = useTranslation();
  const live = useLive(['queues', 'rates']);
  const rates = useRead(['rates'], (signal) => ratesList({ signal }), live.polled);
  const queues = useRead(['queues'], (signal) => queuesList({ signal }), live.polled);
  return (
    <Page
      title={t('places.queues')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('queues', queues)} />}
    >
      <Section title={t('queues.lag')} note={t('queues.lagNote')}>
        <Loaded query={queues}>
          {(data) => <Lags queues={{ ...data, now: live.now('queues', queues, data.now) }} />}
        </Loaded>
      </Section>
      <Section title={t('queues.rates')} note={t('queues.ratesNote')}>
        <Loaded query={rates}>{({ items }) => <Rates rates={items} />}</Loaded>
      </Section>
    </Page>
  );
}

function Lags({ queues: { items, now } }: { queues: Queues }) {
  const { t } = useTranslation();
  if (items.length === 0) return <Empty icon="send" title={t('queues.none')} />;
  return (
    <Rows
      rows={items}
      keyOf={({ queue }) => queue}
      label={t('queues.lag')}
      columns={[
        { name: t('queues.system'), of: ({ queue }) => <strong data-queue={queue}>{queue}</strong> },
        {
          name: t('queues.waits'),
          of: ({ since, closed }) => (
            <>
              {since === null ? t('queues.nothingWaits') : <Age since={since} now={now} />}
              {closed && (
                <Text size="xs" c="dimmed" span>
                  {' '}
                  {t('queues.closed')}
                </Text>
              )}
            </>
          ),
        },
        { name: t('queues.since'), of: ({ since }) => <Moment at={since} /> },
      ]}
    />
  );
}

function Rates({ rates }: { rates: readonly Rate[] }) {
  const { t } = useTranslation();
  const perSecond = (rate: number | null) => (rate === null ? t('queues.unlimited') : <Count of={rate} />);
  if (rates.length === 0) return <Empty icon="send" title={t('queues.none')} />;
  return (
    <Rows
      rows={rates}
      keyOf={({ system }) => system}
      label={t('queues.rates')}
      columns={[
        { name: t('queues.system'), of: ({ system }) => <strong>{system}</strong> },
        { name: t('queues.configured'), right: true, of: ({ configured }) => perSecond(configured) },
        {
          name: t('queues.inForce'),
          right: true,
          of: ({ system, inForce }) => (
            <strong data-rate={system} data-per-second={inForce ?? ''}>
              {perSecond(inForce)}
            </strong>
          ),
        },
        {
          name: t('common.reason'),
          of: ({ said }) =>
            said && (
              <>
                {said.reason}
                <Text size="xs" c="dimmed">
                  {said.actor} · <Moment at={said.at} />
                </Text>
              </>
            ),
        },
        {
          name: t('common.decide'),
          of: (rate) => (
            <Group gap="xs">
              <ChangeRate rate={rate} />
              <ResetRate rate={rate} />
            </Group>
          ),
        },
      ]}
    />
  );
}
