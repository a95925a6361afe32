/**
 * Retries: a new one is planned here, those that wait for a second person stand first, and all of them follow, the newest first.
 */
import { useTranslation } from 'react-i18next';
import { useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { retriesList } from '../../client/sdk.gen.js';
import { Failure } from '../../parts/failure.js';
import { More } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Plan } from './plan.js';
import { RetryRows } from './rows.js';
import { RetriesWaiting, useRetriesWaiting } from './waiting.js';

export function Component() {
  const { t } = useTranslation();
  const may = useMay();
  const filters = useFilters();
  const live = useLive(['retries']);
  const list = useList(['retries', 'list'], (page, signal) => retriesList({ query: page, signal }), live.polled);
  const waiting = useRetriesWaiting(live);
  const retries = list.data ?? [];
  return (
    <Page
      title={t('places.retries')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('retries', list)} />}
    >
      {may('retries.plan') && <Plan key={filters.get('subject')} />}
      {waiting.items.length > 0 && <RetriesWaiting items={waiting.items} />}
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Section title={t('retries.all')}>
        {list.data && retries.length === 0 ? (
          <Empty icon="refresh" title={t('retries.none')} />
        ) : (
          <RetryRows retries={retries} label={t('retries.all')} />
        )}
        <More {...list} shown={retries.length} />
      </Section>
    </Page>
  );
}
