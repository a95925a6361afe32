/**
 * A list that grows by pages of the API: its rows in a table, and a button for what comes after them.
 */
import { Button, Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Count } from './values.js';

export interface Column<T> {
  name: string;
  /** Amounts and counts stand at the right. */
  right?: boolean;
  of: (row: T) => ReactNode;
}

export function Rows<T>(props: {
  rows: readonly T[];
  keyOf: (row: T) => string;
  columns: readonly Column<T>[];
  label?: string;
}) {
  return (
    <Table.ScrollContainer minWidth={600} type="native" tabIndex={0} role="region" aria-label={props.label}>
      <Table verticalSpacing="xs" highlightOnHover highlightOnHoverColor="var(--hovered)" aria-label={props.label}>
        <Table.Thead>
          <Table.Tr>
            {props.columns.map(({ name, right }) => (
              <Table.Th key={name} data-right={right || undefined}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.rows.map((row) => (
            <Table.Tr key={props.keyOf(row)}>
              {props.columns.map(({ name, right, of }) => (
                <Table.Td key={name} data-right={right || undefined}>
                  {of(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** How many rows are shown, and the next page where there is one. */
export function More(props: {
  shown: number;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}) {
  const { t } = useTranslation();
  return (
    <Group justify="space-between" className="more">
      <Text size="sm" c="dimmed">
        {t('common.shown')} <Count of={props.shown} />
        {props.hasNextPage && '+'}
      </Text>
      {props.hasNextPage && (
        <Button
          variant="default"
          size="xs"
          loading={props.isFetchingNextPage}
          onClick={() => void props.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </Group>
  );
}
