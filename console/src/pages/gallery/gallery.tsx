/**
 * Ready campaigns: what each does, and the way to make a draft of it.
 */
import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/lists.js';
import { useMay } from '../../api/session.js';
import { galleryList } from '../../client/sdk.gen.js';
import { Icon } from '../../parts/icon.js';
import { Loaded } from '../../parts/loaded.js';
import { Page, Section } from '../../parts/page.js';
import { useWords } from './words.js';

export function Component() {
  const { t } = useTranslation();
  const words = useWords();
  const may = useMay();
  const gallery = useRead(['gallery'], (signal) => galleryList({ signal }));
  return (
    <Page title={t('places.gallery')} up={{ to: '/campaigns', label: t('places.campaigns') }}>
      <Text c="dimmed">{t('gallery.note')}</Text>
      <Loaded query={gallery}>
        {({ items }) => (
          <div className="cards">
            {items.map(({ key, name, what }) => (
              <Section key={key} title={words(name)}>
                <Text className="section-body">{words(what)}</Text>
                {may('gallery.fill') && (
                  <Group justify="flex-end" className="section-foot">
                    <Button
                      component={Link}
                      to={`/gallery/${encodeURIComponent(key)}`}
                      size="xs"
                      variant="default"
                      leftSection={<Icon name="draft" size={16} />}
                      aria-label={`${words(name)}: ${t('gallery.use')}`}
                    >
                      {t('gallery.use')}
                    </Button>
                  </Group>
                )}
              </Section>
            ))}
          </div>
        )}
      </Loaded>
    </Page>
  );
}
