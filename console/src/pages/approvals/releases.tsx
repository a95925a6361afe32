/**
 * Payouts that their campaign wants approved before they leave: all of a run in one currency, by the count and total that were seen.
 */
import { Anchor, Text } from '@mantine/core';
import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { attentionList, payoutreleasesApprove, payoutreleasesAwaiting } from '../../client/sdk.gen.js';
import type { Money } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { Amount, Count, Moment } from '../../parts/values.js';
import { queueOf, type Queue } from './queue.js';

interface Release {
  run: string;
  count: number;
  total: Money;
  since: string;
}

/** Which runs wait is on the attention list; what each of them comes to, the run tells. */
export function useReleases({ polled }: Pick<Live, 'polled'>): Queue<Release> {
  const waiting = useRead(
    ['attention', 'unapproved'],
    (signal) => attentionList({ query: { code: 'payout_unapproved', limit: 200 }, signal }),
    polled,
  );
  const runs = [...new Set((waiting.data?.items ?? []).map(({ subject }) => subject.replace(/^run\//, '')))];
  const each = useQueries({
    queries: runs.map((run) => ({
      queryKey: ['attention', 'unapproved', run],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        releasesOf(run, (await payoutreleasesAwaiting({ path: { run }, signal })).items),
      refetchInterval: polled.everyMs ?? false,
    })),
  });
  const queries = [waiting, ...each] as UseQueryResult[];
  return queueOf(
    'releases',
    queries,
    each.flatMap(({ data }) => data ?? []),
  );
}

function releasesOf(run: string, parts: readonly { count: number; total: Money; since: string }[]): Release[] {
  const byCurrency = new Map<string, Release>();
  for (const { count, total, since } of parts) {
    const so = byCurrency.get(total.currency);
    byCurrency.set(total.currency, {
      run,
      count: count + (so?.count ?? 0),
      total: { value: String(BigInt(total.value) + BigInt(so?.total.value ?? '0')), currency: total.currency },
      since: so && so.since < since ? so.since : since,
    });
  }
  return [...byCurrency.values()];
}

export function PayoutReleases({ items }: { items: readonly Release[] }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Section title={t('approvals.releases')} note={t('approvals.releasesNote')}>
      <Rows
        rows={items}
        keyOf={({ run, total }) => `${run} ${total.currency}`}
        label={t('approvals.releases')}
        columns={[
          {
            name: t('runs.run'),
            of: ({ run }) => (
              <Anchor component={Link} to={`/runs/${encodeURIComponent(run)}`} className="id" inherit>
                {run}
              </Anchor>
            ),
          },
          { name: t('approvals.count'), right: true, of: ({ count }) => <Count of={count} /> },
          { name: t('payouts.amount'), right: true, of: ({ total }) => <Amount money={total} /> },
          { name: t('approvals.since'), of: ({ since }) => <Moment at={since} /> },
          {
            name: t('common.decide'),
            of: ({ run, count, total }) =>
              may('payoutreleases.approve') && (
                <Decision
                  verb={t('approvals.release', { count })}
                  icon="approve"
                  quiet
                  reason
                  effect={
                    <>
                      {t('approvals.releaseEffect', { count })}
                      <Text fw={650}>
                        <Amount money={total} />
                      </Text>
                    </>
                  }
                  decide={({ reason, idempotencyKey }) =>
                    payoutreleasesApprove({
                      path: { run },
                      body: { count, total, reason },
                      headers: { 'Idempotency-Key': idempotencyKey },
                    })
                  }
                />
              ),
          },
        ]}
      />
    </Section>
  );
}
