/**
 * All templates of messages: channel, version, and which campaigns name them; and who may be sent tests of them.
 */
import { Anchor, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { templatesList } from '../../client/sdk.gen.js';
import type { UsedTemplate } from '../../client/types.gen.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More, Rows, type Column } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Moment } from '../../parts/values.js';
import { Recipients } from './recipients.js';

const CHANNELS = ['push', 'sms', 'lms', 'alimtalk', 'email', 'banner', 'popup', 'call', 'visit', 'post'] as const;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const columns = useColumns();
  const may = useMay();
  const make = may('templates.put') && (
    <Button component={Link} to="/new-message" leftSection={<Icon name="draft" size={16} />}>
      {t('messages.new')}
    </Button>
  );
  const live = useLive(['templates']);
  const list = useList(['templates'], (query, signal) => templatesList({ query, signal }), live.polled);
  const text = filters.get('q').toLowerCase();
  const channel = filters.get('channel');
  const shown = (list.data ?? []).filter(
    (one) =>
      (channel === '' || one.channel === channel) &&
      [one.key, one.title ?? '', one.body].some((part) => part.toLowerCase().includes(text)),
  );
  return (
    <Page
      title={t('places.messages')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('templates', list)} />}
      actions={make}
    >
      <Group gap="sm" align="flex-end">
        <TextInput
          label={t('messages.find')}
          leftSection={<Icon name="search" size={16} />}
          value={filters.get('q')}
          onChange={(event) => filters.set('q', event.currentTarget.value)}
        />
        <NativeSelect
          label={t('messages.channel')}
          data={[
            { value: '', label: t('common.all') },
            ...CHANNELS.map((value) => ({ value, label: t(`messages.channels.${value}`) })),
          ]}
          value={channel}
          onChange={(event) => filters.set('channel', event.currentTarget.value)}
        />
      </Group>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Stack gap="md">
        <Section title={t('places.messages')}>
          {list.data && shown.length === 0 ? (
            <Empty
              icon="inbox"
              title={t(filters.any ? 'common.nothingFits' : 'messages.none')}
              action={!filters.any && make}
            />
          ) : (
            <Rows rows={shown} keyOf={({ key }) => key} columns={columns} label={t('places.messages')} />
          )}
          <More {...list} shown={shown.length} />
        </Section>
        {may('testrecipients.list') && <Recipients />}
      </Stack>
    </Page>
  );
}

const USES_SHOWN = 3;

function useColumns(): Column<UsedTemplate>[] {
  const { t } = useTranslation();
  return [
    {
      name: t('messages.key'),
      of: ({ key }) => (
        <Anchor component={Link} to={`/messages/${encodeURIComponent(key)}`} inherit fw={600} className="id">
          {key}
        </Anchor>
      ),
    },
    { name: t('messages.channel'), of: ({ channel }) => t(`messages.channels.${channel}`) },
    { name: t('messages.text'), of: ({ title, body }) => <span className="cut excerpt">{title ?? body}</span> },
    {
      name: t('messages.usedBy'),
      of: ({ usedBy }) =>
        usedBy.length === 0 ? (
          '–'
        ) : (
          <>
            {usedBy.slice(0, USES_SHOWN).map((key) => (
              <Anchor
                key={key}
                component={Link}
                to={`/campaigns/${encodeURIComponent(key)}`}
                inherit
                className="id part"
              >
                {key}
              </Anchor>
            ))}
            {usedBy.length > USES_SHOWN && ` +${usedBy.length - USES_SHOWN}`}
          </>
        ),
    },
    { name: t('campaigns.version'), right: true, of: ({ version }) => version },
    { name: t('campaigns.editedBy'), of: ({ createdBy }) => createdBy },
    { name: t('campaigns.updatedAt'), of: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
}
