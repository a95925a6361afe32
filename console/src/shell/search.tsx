/**
 * ⌘K: every page; campaigns, segments and messages by key or name; runs, customers and payouts by their ids. It asks what the API has: a payout by its exact
 * key, the others by words, and each for whoever may read it.
 */
import '@mantine/spotlight/styles.layer.css';
import { Spotlight, spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { desksOf } from '../api/access.js';
import { useMay, usePerson } from '../api/session.js';
import { campaignsList, payoutsFind, runsList, segmentsList, templatesList } from '../client/sdk.gen.js';
import { Icon, type IconName } from '../parts/icon.js';
import { placesOf } from './desks.js';

const SHOWN_MAX = 6;
const TYPES_MS = 150;
/** Of what lists are searched for. */
const WORDS_MAX = 100;
/** Most ids of customers have a figure in them, most words have none. */
const CUSTOMER_ID = /^(?=.*\d)[A-Za-z0-9_.:-]{2,64}$/;

/** `asked`: how often it was asked for; each time it opens. */
export default function Search({ asked }: { asked: number }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const groups = useGroups(query);
  useEffect(() => spotlight.open(), [asked]);
  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      nothingFound={t('search.nothing')}
      searchProps={{ placeholder: t('search.placeholder'), 'aria-label': t('search.placeholder') }}
      shortcut={null}
      attributes={{ content: { 'aria-label': t('shell.search') } }}
      // what locks the page's scrolling inserts a <style>, which the policy forbids
      lockScroll={false}
      filter={(_, actions) => actions}
    />
  );
}

/** What the API has for the words, when nobody types for a moment; nothing before there are any. */
function useFound(words: string) {
  const may = useMay();
  const [q] = useDebouncedValue(words, TYPES_MS);
  const query = { q, limit: SHOWN_MAX };
  /** Who types on sees what was found for less until there is more. */
  const of = (kind: string, operation: Parameters<typeof may>[0]) => ({
    queryKey: ['search', kind, q],
    enabled: q !== '' && q.length <= WORDS_MAX && may(operation),
    placeholderData: q === '' ? undefined : keepPreviousData,
  });
  const campaigns = useQuery({
    ...of('campaigns', 'campaigns.list'),
    queryFn: ({ signal }) => campaignsList({ query, signal }),
  });
  const runs = useQuery({ ...of('runs', 'runs.list'), queryFn: ({ signal }) => runsList({ query, signal }) });
  const segments = useQuery({
    ...of('segments', 'segments.list'),
    queryFn: ({ signal }) => segmentsList({ query, signal }),
  });
  const messages = useQuery({
    ...of('messages', 'templates.list'),
    queryFn: ({ signal }) => templatesList({ query, signal }),
  });
  const payout = useQuery({
    queryKey: ['search', 'payout', q],
    queryFn: ({ signal }) => payoutsFind({ path: { key: q }, signal }),
    enabled: q.length > 12 && may('payouts.find'),
    retry: false,
  });
  return { asked: words !== '', campaigns, runs, segments, messages, payout };
}

interface Thing {
  to: string;
  label: string;
  description?: string;
}

/** What has a name besides its key. */
function namedThings(
  { campaigns, segments, messages }: ReturnType<typeof useFound>,
  has: (...texts: string[]) => boolean,
): { text: 'campaigns' | 'segments' | 'messages'; icon: IconName; things: Thing[] }[] {
  const things = (text: string, items: readonly { key: string; name: string }[] = []) =>
    items
      .filter(({ key, name }) => has(key, name))
      .map(({ key, name }) => ({ to: `/${text}/${encodeURIComponent(key)}`, label: name, description: key }));
  // a message whose channel has no title is called by its key
  const titled = messages.data?.items.map(({ key, title }) => ({ key, name: title ?? key }));
  return [
    { text: 'campaigns', icon: 'megaphone', things: things('campaigns', campaigns.data?.items) },
    { text: 'segments', icon: 'filter', things: things('segments', segments.data?.items) },
    { text: 'messages', icon: 'send', things: things('messages', titled) },
  ];
}

function useGroups(query: string): SpotlightActionGroupData[] {
  const { t } = useTranslation();
  const may = useMay();
  const { roles } = usePerson();
  const navigate = useNavigate();
  const found = useFound(query.trim());
  const { asked, runs, payout } = found;
  const wanted = query.trim().toLowerCase();
  const has = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(wanted));
  const group = (name: string, icon: IconName, things: readonly Thing[]) => ({
    group: name,
    actions: things.slice(0, SHOWN_MAX).map(({ to, label, description }) => ({
      id: to,
      label,
      description,
      leftSection: <Icon name={icon} />,
      onClick: () => void navigate(to),
    })),
  });
  const places = placesOf(desksOf(roles), may)
    .flatMap(([, own]) => own)
    .map(({ to, text }) => ({ to, label: t(`places.${text}`) }))
    .filter(({ label, to }) => has(label, to));
  return [
    group(t('search.pages'), 'chevron', places),
    ...namedThings(found, has).map(({ text, icon, things }) => group(t(`places.${text}`), icon, things)),
    group(
      t('places.runs'),
      'play',
      (runs.data?.items ?? [])
        .filter(({ id, campaign }) => has(id, campaign))
        .map(({ id, campaign }) => ({ to: `/runs/${encodeURIComponent(id)}`, label: campaign, description: id })),
    ),
    group(
      t('places.customers'),
      'person',
      // not asked for: whoever has no such customer reads it on their page
      CUSTOMER_ID.test(query.trim()) && may('customerstory.timeline')
        ? [{ to: `/customers/${encodeURIComponent(query.trim())}`, label: query.trim() }]
        : [],
    ),
    group(
      t('places.payouts'),
      'coins',
      payout.data && asked
        ? [
            {
              to: `/payouts/${encodeURIComponent(payout.data.key)}`,
              label: payout.data.key,
              description: payout.data.customer,
            },
          ]
        : [],
    ),
  ].filter(({ actions }) => actions.length > 0);
}
