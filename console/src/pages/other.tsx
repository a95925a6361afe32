/**
 * Where there is no page, where there is none yet, and where one failed.
 */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Empty, Page } from '../parts/page.js';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t('other.notFound')}>
      <Empty
        icon="help"
        title={t('other.notFoundNote')}
        action={
          <Button component={Link} to="/">
            {t('other.home')}
          </Button>
        }
      />
    </Page>
  );
}

/** Before the first page's file is there. */
export function Coming() {
  return <div aria-busy="true" />;
}

/** A file of an older build may be gone: loading the page anew brings the new one. */
export function Broken() {
  const { t } = useTranslation();
  return (
    <Page title={t('other.broken')}>
      <Empty
        icon="alert"
        title={t('other.brokenNote')}
        action={<Button onClick={() => window.location.reload()}>{t('other.reload')}</Button>}
      />
    </Page>
  );
}
