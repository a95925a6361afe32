/**
 * Prints the page as it stands; what it looks like on paper is in print.css. Paper says when what stands on it was read.
 */
import '../styles/print.css';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { seoulTime } from '../format/time.js';
import { Icon } from './icon.js';

export function Print({ readAt }: { readAt: number }) {
  const { t } = useTranslation();
  return (
    <>
      <Button variant="default" leftSection={<Icon name="print" size={16} />} onClick={() => window.print()}>
        {t('common.print')}
      </Button>
      {readAt > 0 && (
        <span className="paper">{t('common.readAt', { at: seoulTime(new Date(readAt).toISOString()) })}</span>
      )}
    </>
  );
}
