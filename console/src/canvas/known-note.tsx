/**
 * Below a field that names a budget or a template: what the budget has left, and the text itself, with the way there.
 */
import { Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../api/lists.js';
import { useMay } from '../api/session.js';
import { budgetsList, templatesList } from '../client/sdk.gen.js';
import { Amount } from '../parts/values.js';
import { FIRST } from './use-known.js';

export function KnownNote({ field, value }: { field: string; value: string }) {
  if (field === 'budget') return <BudgetNote budget={value} />;
  return field === 'template' ? <TemplateNote template={value} /> : null;
}

function BudgetNote({ budget }: { budget: string }) {
  const { t } = useTranslation();
  const enabled = useMay()('budgets.list');
  const { data } = useRead(['names', 'budgets'], (signal) => budgetsList({ query: FIRST, signal }), { enabled });
  const found = data?.items.find(({ key }) => key === budget);
  if (!found) return null;
  return (
    <Text size="xs" c="dimmed" data-note="budget">
      {t(found.closedAt === null ? 'canvas.budgetLeft' : 'canvas.budgetClosed')} <Amount money={found.available} />
    </Text>
  );
}

function TemplateNote({ template }: { template: string }) {
  const { t } = useTranslation();
  const enabled = useMay()('templates.list');
  const { data } = useRead(['names', 'templates'], (signal) => templatesList({ query: FIRST, signal }), { enabled });
  const found = data?.items.find(({ key }) => key === template);
  if (!found) return null;
  return (
    <Text size="xs" c="dimmed" data-note="template">
      <span className="cut">{found.title ?? found.body}</span>
      <Anchor component={Link} to={`/messages/${encodeURIComponent(template)}`} inherit>
        {t('canvas.openMessage', { version: found.version })}
      </Anchor>
    </Text>
  );
}
