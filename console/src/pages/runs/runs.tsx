/**
 * All runs, the newest first.
 */
import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { runsList } from '../../client/sdk.gen.js';
import { Failure } from '../../parts/failure.js';
import { More, Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Count, Moment } from '../../parts/values.js';

export function Component() {
  const { t } = useTranslation();
  const campaign = useFilters().get('campaign');
  const live = useLive(['runs']);
  const list = useList(
    ['runs', 'list', campaign],
    (page, signal) => runsList({ query: { ...page, ...(campaign === '' ? {} : { campaign }) }, signal }),
    live.polled,
  );
  const runs = list.data ?? [];
  return (
    <Page title={t('places.runs')} beside={<LiveAsOf following={live.following} readAt={live.asOf('runs', list)} />}>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Section title={campaign === '' ? t('runs.newest') : campaign}>
        {list.data && runs.length === 0 ? (
          <Empty icon="play" title={t('runs.none')} />
        ) : (
          <Rows
            rows={runs}
            keyOf={({ id }) => id}
            label={t('places.runs')}
            columns={[
              {
                name: t('runs.run'),
                of: ({ id }) => (
                  <Anchor component={Link} to={`/runs/${encodeURIComponent(id)}`} className="id" inherit fw={600}>
                    {id}
                  </Anchor>
                ),
              },
              {
                name: t('runs.campaign'),
                of: (run) => (
                  <Anchor component={Link} to={`/campaigns/${encodeURIComponent(run.campaign)}`} inherit>
                    {run.campaign}
                  </Anchor>
                ),
              },
              { name: t('campaigns.version'), right: true, of: ({ version }) => version },
              { name: t('common.state'), of: ({ state }) => <State kind="run" state={state} /> },
              { name: t('campaigns.switch'), of: ({ control }) => <State kind="control" state={control} /> },
              { name: t('runs.audience'), right: true, of: ({ audience }) => <Count of={audience} /> },
              { name: t('runs.startedAt'), of: ({ startedAt }) => <Moment at={startedAt} /> },
              { name: t('runs.closedAt'), of: ({ closedAt }) => <Moment at={closedAt} /> },
            ]}
          />
        )}
        <More {...list} shown={runs.length} />
      </Section>
    </Page>
  );
}
