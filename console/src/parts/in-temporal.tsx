/**
 * The way to Temporal's own UI, beside what its workflows are of.
 */
import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function InTemporal({ href }: { href: string }) {
  const { t } = useTranslation();
  return (
    <Anchor href={href} target="_blank" rel="noreferrer" size="sm" data-workflows>
      {t('common.inTemporal')} ↗
    </Anchor>
  );
}
