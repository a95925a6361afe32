/**
 * Prints the page as it stands; what it looks like on paper is in print.css.
 */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon.js';

export function Print() {
  const { t } = useTranslation();
  return (
    <Button variant="default" leftSection={<Icon name="print" size={16} />} onClick={() => window.print()}>
      {t('common.print')}
    </Button>
  );
}
