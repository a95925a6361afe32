/**
 * All campaigns, by key.
 */
import { Anchor, Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { campaignsList } from '../../client/sdk.gen.js';
import type { CampaignSummary } from '../../client/types.gen.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More, Rows, type Column } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Moment } from '../../parts/values.js';

const STATES = ['draft', 'validated', 'approved', 'launched', 'ended'] as const;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const columns = useColumns();
  const make = useMay()('campaigns.put') && (
    <Button component={Link} to="/new-campaign" leftSection={<Icon name="draft" size={16} />}>
      {t('campaigns.new')}
    </Button>
  );
  const live = useLive(['campaigns']);
  const list = useList(['campaigns'], (query, signal) => campaignsList({ query, signal }), live.polled);
  const text = filters.get('q').toLowerCase();
  const state = filters.get('state');
  const shown = (list.data ?? []).filter(
    (campaign) =>
      (state === '' || campaign.state === state) &&
      (campaign.key.includes(text) || campaign.name.toLowerCase().includes(text)),
  );
  return (
    <Page
      title={t('places.campaigns')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('campaigns', list)} />}
      actions={make}
    >
      <Group gap="sm" align="flex-end">
        <TextInput
          label={t('campaigns.find')}
          leftSection={<Icon name="search" size={16} />}
          value={filters.get('q')}
          onChange={(event) => filters.set('q', event.currentTarget.value)}
        />
        <NativeSelect
          label={t('common.state')}
          data={[
            { value: '', label: t('common.all') },
            ...STATES.map((value) => ({ value, label: t(`states.campaign.${value}`) })),
          ]}
          value={state}
          onChange={(event) => filters.set('state', event.currentTarget.value)}
        />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Section title={t('places.campaigns')}>
        {list.data && shown.length === 0 ? (
          <Empty
            icon="megaphone"
            title={t(filters.any ? 'common.nothingFits' : 'campaigns.none')}
            action={!filters.any && make}
          />
        ) : (
          <Rows rows={shown} keyOf={({ key }) => key} columns={columns} label={t('places.campaigns')} />
        )}
        <More {...list} shown={shown.length} />
      </Section>
    </Page>
  );
}

function useColumns(): Column<CampaignSummary>[] {
  const { t } = useTranslation();
  return [
    {
      name: t('campaigns.name'),
      of: ({ key, name }) => (
        <Anchor component={Link} to={`/campaigns/${encodeURIComponent(key)}`} inherit fw={600}>
          {name}
        </Anchor>
      ),
    },
    { name: t('campaigns.key'), of: ({ key }) => <span className="id">{key}</span> },
    { name: t('common.state'), of: ({ state }) => <State kind="campaign" state={state} /> },
    {
      name: t('campaigns.switch'),
      of: ({ state, control }) =>
        state === 'launched' || control !== 'running' ? <State kind="control" state={control} /> : '–',
    },
    { name: t('campaigns.version'), right: true, of: ({ version }) => version ?? '–' },
    { name: t('campaigns.editedBy'), of: ({ editedBy }) => editedBy },
    { name: t('campaigns.updatedAt'), of: ({ updatedAt }) => <Moment at={updatedAt} /> },
  ];
}
