/**
 * Responses inside their window that came later than their campaign takes by itself: whether they are paid, finance decides.
 */
import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useList } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { lateresponsesList } from '../../client/sdk.gen.js';
import { Failure } from '../../parts/failure.js';
import { More, Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { Moment } from '../../parts/values.js';

export function LateOnes() {
  const { t } = useTranslation();
  const list = useList(['late'], (page, signal) => lateresponsesList({ query: page, signal }), { everyMs: CALM_MS });
  const rows = list.data ?? [];
  if (list.isError) return <Failure error={list.error} again={() => void list.refetch()} />;
  if (rows.length === 0) return null;
  return (
    <Section title={t('events.late')} note={t('events.lateNote')}>
      <Rows
        rows={rows}
        keyOf={({ run, node, visit, customer }) => `${run} ${node} ${visit} ${customer}`}
        label={t('events.late')}
        columns={[
          {
            name: t('runs.run'),
            of: ({ run }) => (
              <Anchor component={Link} to={`/runs/${encodeURIComponent(run)}`} className="id" inherit>
                {run}
              </Anchor>
            ),
          },
          { name: t('events.wait'), of: ({ node }) => node },
          { name: t('events.customer'), of: ({ customer }) => <span className="id">{customer}</span> },
          { name: t('events.name'), of: ({ event }) => event },
          { name: t('events.occurredAt'), of: ({ occurredAt }) => <Moment at={occurredAt} /> },
          { name: t('events.receivedAt'), of: ({ receivedAt }) => <Moment at={receivedAt} /> },
        ]}
      />
      <More {...list} shown={rows.length} />
    </Section>
  );
}
