/**
 * Retries as rows of a table.
 */
import { Anchor, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Retry } from '../../client/types.gen.js';
import { Rows, type Column } from '../../parts/list.js';
import { Amount, Count, Moment } from '../../parts/values.js';
import { About, goingIn, RetryState } from './told.js';

export function RetryRows(props: { retries: readonly Retry[]; label: string; decide?: (retry: Retry) => ReactNode }) {
  const { t } = useTranslation();
  const { decide } = props;
  const columns: Column<Retry>[] = [
    {
      name: t('retries.no'),
      of: ({ no }) => (
        <Anchor component={Link} to={`/retries/${no}`} inherit fw={600}>
          {no}
        </Anchor>
      ),
    },
    {
      name: t('retries.what'),
      of: ({ selector, reason }) => (
        <>
          <About selector={selector} />
          <Text size="xs" c="dimmed">
            {reason}
          </Text>
        </>
      ),
    },
    { name: t('common.state'), of: (retry) => <RetryState retry={retry} /> },
    { name: t('retries.count'), right: true, of: (retry) => <Count of={goingIn(retry)} /> },
    { name: t('retries.messages'), right: true, of: ({ effect }) => <Count of={effect.sends} /> },
    {
      name: t('retries.money'),
      right: true,
      of: ({ effect }) => effect.pays.map(({ total }) => <Amount key={total.currency} money={total} />),
    },
    { name: t('retries.askedBy'), of: ({ askedBy }) => askedBy },
    { name: t('common.at'), of: ({ at }) => <Moment at={at} /> },
  ];
  if (decide) columns.push({ name: t('common.decide'), of: decide });
  return <Rows rows={props.retries} keyOf={({ no }) => String(no)} label={props.label} columns={columns} />;
}
