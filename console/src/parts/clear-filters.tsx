/**
 * Back to the whole list, where the address has filters.
 */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { useFilters } from '../api/lists.js';

export function ClearFilters({ filters }: { filters: ReturnType<typeof useFilters> }) {
  const { t } = useTranslation();
  if (!filters.any) return null;
  return (
    <Button variant="subtle" onClick={filters.clear}>
      {t('common.clear')}
    </Button>
  );
}
