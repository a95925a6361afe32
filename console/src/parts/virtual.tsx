/**
 * A list of any length as a table of which only the rows in sight exist. It asks for the next page before its end comes into sight.
 */
import { Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from './list.js';

const ROW_PX = 40;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 60;

interface VirtualProps<T> {
  label: string;
  rows: readonly T[];
  keyOf: (row: T) => string;
  columns: readonly (Column<T> & { width: string })[];
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

export function VirtualRows<T>(props: VirtualProps<T>) {
  const { t } = useTranslation();
  const { rows, columns, hasNextPage, isFetchingNextPage, fetchNextPage } = props;
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - AHEAD) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const above = seen[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  return (
    <>
      <div ref={frame} className="virtual" tabIndex={0} role="region" aria-label={props.label}>
        <table aria-label={props.label} aria-rowcount={hasNextPage ? -1 : rows.length + 1}>
          <colgroup>
            {columns.map(({ name, width }) => (
              <col key={name} style={{ width }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map(({ name, right }) => (
                <th key={name} scope="col" data-right={right || undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <Gap px={above} columns={columns.length} />}
            {seen.map(({ index }) => {
              const row = rows[index] as T;
              return <Row key={props.keyOf(row)} row={row} place={index + 2} columns={columns} />;
            })}
            {below > 0 && <Gap px={below} columns={columns.length} />}
          </tbody>
        </table>
      </div>
      <Text size="sm" c="dimmed" className="more" role="status">
        {isFetchingNextPage ? t('common.loading') : t('common.rows', { count: rows.length })}
        {hasNextPage && '+'}
      </Text>
    </>
  );
}

interface RowProps<T> {
  row: T;
  place: number;
  columns: VirtualProps<T>['columns'];
}

/** Drawn once while it is in sight, however much is scrolled. */
const Row = memo(function Row<T>({ row, place, columns }: RowProps<T>) {
  return (
    <tr aria-rowindex={place}>
      {columns.map(({ name, right, of }) => (
        <td key={name} data-right={right || undefined}>
          {of(row)}
        </td>
      ))}
    </tr>
  );
}) as <T>(props: RowProps<T>) => ReactNode;

function Gap({ px, columns }: { px: number; columns: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height: px, padding: 0 }} />
    </tr>
  );
}
