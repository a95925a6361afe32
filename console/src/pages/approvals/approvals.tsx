/**
 * What waits for a second person: payouts before they leave, changes of budgets, what is proposed about payouts, resolutions of breaks, the books' months, retries. Whoever asked
 * for something sees it here, too; the API lets only somebody else approve it.
 */
import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLive } from '../../api/live.js';
import { CALM_MS } from '../../api/queries.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page } from '../../parts/page.js';
import { Breaks, Months, useBreaks, useMonths } from './books.js';
import { BudgetChanges, useBudgetChanges } from './budget-changes.js';
import { Proposals, useProposals } from './proposals.js';
import { PayoutReleases, useReleases } from './releases.js';
import { RetriesWaiting, useRetriesWaiting } from '../retries/waiting.js';

/** In the order of the queues. Budgets move with every payout, and each has its changes asked for: never more often than where nothing is told. */
const FOLLOWED = ['attention', 'budgets', 'proposals', 'breaks', 'periods', 'retries'] as const;

export function Component() {
  const { t } = useTranslation();
  const live = useLive(FOLLOWED, CALM_MS);
  const releases = useReleases(live);
  const changes = useBudgetChanges(live);
  const proposals = useProposals(live);
  const breaks = useBreaks(live);
  const months = useMonths(live);
  const retries = useRetriesWaiting(live);
  const queues = [releases, changes, proposals, breaks, months, retries];
  const sections: ReactNode[] = [
    releases.items.length > 0 && <PayoutReleases key="releases" items={releases.items} />,
    changes.items.length > 0 && <BudgetChanges key="changes" items={changes.items} />,
    proposals.items.length > 0 && <Proposals key="proposals" items={proposals.items} />,
    breaks.items.length > 0 && <Breaks key="breaks" items={breaks.items} />,
    months.items.length > 0 && <Months key="months" items={months.items} />,
    retries.items.length > 0 && <RetriesWaiting key="retries" items={retries.items} />,
  ].filter(Boolean);
  const waiting = queues.some(({ pending }) => pending);
  const readAt = Math.min(...queues.map((queue, n) => live.asOf(FOLLOWED[n] ?? 'attention', queue)));
  return (
    <Page
      title={t('places.approvals')}
      beside={
        waiting ? (
          <Loader size="xs" role="status" aria-label={t('common.loading')} />
        ) : (
          <LiveAsOf following={live.following} readAt={readAt} everyMs={CALM_MS} />
        )
      }
    >
      {queues.map(({ failure }) => failure)}
      {sections.length === 0 && !waiting ? <Empty icon="check" title={t('approvals.none')} /> : sections}
    </Page>
  );
}
