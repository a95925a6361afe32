/**
 * Who it is about: a customer's page by their exact id. There is no list of customers to leaf through.
 */
import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useMay } from '../../api/session.js';
import { Icon } from '../../parts/icon.js';
import { Page, Section } from '../../parts/page.js';

export function Component() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const [id, setId] = useState('');
  const wanted = id.trim();
  return (
    <Page
      title={t('places.customers')}
      actions={
        may('customers.import') && (
          <Button
            component={Link}
            to="/customer-upload"
            variant="default"
            leftSection={<Icon name="upload" size={16} />}
          >
            {t('making.upload')}
          </Button>
        )
      }
    >
      <Section title={t('customers.find')} note={t('customers.findNote')}>
        <form
          className="section-body"
          onSubmit={(event) => {
            event.preventDefault();
            if (wanted !== '') void navigate(`/customers/${encodeURIComponent(wanted)}`);
          }}
        >
          <Group gap="sm" align="flex-end">
            <TextInput
              label={t('customers.id')}
              value={id}
              maxLength={64}
              onChange={(event) => setId(event.currentTarget.value)}
              autoFocus
            />
            <Button type="submit" disabled={wanted === ''} leftSection={<Icon name="search" size={16} />}>
              {t('customers.open')}
            </Button>
          </Group>
        </form>
      </Section>
    </Page>
  );
}
