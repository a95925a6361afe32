/**
 * Budgets against what was spent of them, and what is open by its age; each number leads to its rows.
 */
import { Anchor, Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { reportsBudgets } from '../../client/sdk.gen.js';
import type { BudgetReport, OpenItemsReport } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { pageOfRows } from '../../format/report.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Section } from '../../parts/page.js';
import { Amount, Count, Moment } from '../../parts/values.js';

type Budget = BudgetReport['items'][number];
type Part = 'funded' | 'spent' | 'reserved' | 'available';

export function Budgets({ polled }: Pick<Live, 'polled'>) {
  const { t, i18n } = useTranslation();
  const report = useRead(['budgets', 'report'], (signal) => reportsBudgets({ signal }), polled);
  const money = (budget: Budget, part: Part) => (
    <Anchor component={Link} to={pageOfRows(budget[part].rows)} inherit>
      <Amount money={{ value: budget[part].amount, currency: budget.currency }} />
    </Anchor>
  );
  return (
    <Section title={t('reports.budgets')}>
      <Loaded query={report}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="wallet" title={t('reports.noBudgets')} />
          ) : (
            <Rows
              rows={items}
              keyOf={({ budget }) => budget}
              label={t('reports.budgets')}
              columns={[
                { name: t('payouts.filters.budget'), of: ({ budget }) => <span className="id">{budget}</span> },
                ...(['funded', 'spent', 'reserved', 'available'] as const).map((part) => ({
                  name: t(`budgets.${part}`),
                  right: true,
                  of: (budget: Budget) => money(budget, part),
                })),
                {
                  name: t('reports.share'),
                  right: true,
                  of: (budget: Budget) => {
                    const [spent, funded] = [Number(budget.spent.amount), Number(budget.funded.amount)];
                    return (
                      <>
                        {shareText(spent, funded, i18n.language)}
                        <Progress value={funded === 0 ? 0 : (spent / funded) * 100} size="sm" aria-hidden="true" />
                      </>
                    );
                  },
                },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

/** As the API names them, the youngest first. */
const AGES = ['under a day', 'under 7 days', 'under 30 days', '30 days and more'];

export function OpenItems({ report: { items } }: { report: OpenItemsReport }) {
  const { t } = useTranslation();
  if (items.length === 0) return <Empty icon="check" title={t('reports.noOpen')} />;
  return (
    <Rows
      rows={items}
      keyOf={({ rows }) => rows}
      label={t('reports.open')}
      columns={[
        { name: t('reports.what'), of: ({ what }) => t(`reports.whats.${what}`) },
        {
          name: t('reports.age'),
          of: ({ age }) => {
            const place = AGES.indexOf(age);
            return place < 0 ? age : t(`reports.ages.${String(place) as '0'}`);
          },
        },
        { name: t('payouts.filters.campaign'), of: ({ campaign }) => campaign },
        { name: t('payouts.filters.provider'), of: ({ provider }) => provider },
        {
          name: t('reports.count'),
          right: true,
          of: ({ count, rows }) => (
            <Anchor component={Link} to={pageOfRows(rows)} inherit>
              <Count of={count} />
            </Anchor>
          ),
        },
        {
          name: t('payouts.amount'),
          right: true,
          of: ({ total, currency }) => <Amount money={{ value: total, currency }} />,
        },
        { name: t('reports.oldest'), of: ({ oldest }) => <Moment at={oldest} /> },
      ]}
    />
  );
}
