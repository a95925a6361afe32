/**
 * A month of all campaigns: what is sent on which day, and the contacts of each day against the contact policies. What is planned is an estimate, and says
 * so.
 */
import '../../styles/calendar.css';
import { Anchor, Badge, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { calendarFind } from '../../client/sdk.gen.js';
import type { CalendarSend, CampaignCalendar } from '../../client/types.gen.js';
import { dayAt, dayText, daysOfMonth, isMonth, monthAfter, monthAt, monthText } from '../../format/month.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { AsOf, Count, Moment } from '../../parts/values.js';
import { Month } from './month.js';
import { Policies } from './policies.js';

const ZONE = 'Asia/Seoul';

export function Component() {
  const { t, i18n } = useTranslation();
  const filters = useFilters();
  const asked = filters.get('month');
  // until the API has said what business time it is, the browser's month is looked at
  const month = isMonth(asked) ? asked : monthAt(new Date().toISOString());
  const days = daysOfMonth(month);
  const [from, to] = [days[0] as string, days.at(-1) as string];
  const calendar = useRead(['calendar', month], (signal) => calendarFind({ query: { from, to, zone: ZONE }, signal }), {
    everyMs: CALM_MS,
  });
  const now = calendar.data?.now;
  if (asked === '' && now !== undefined && monthAt(now) !== month) filters.set('month', monthAt(now));
  const go = (by: number) => filters.change({ month: monthAfter(month, by), day: null });
  return (
    <Page
      title={t('places.calendar')}
      beside={<AsOf readAt={calendar.dataUpdatedAt} />}
      actions={
        <Group gap="xs">
          <Button variant="default" leftSection={<Icon name="back" size={16} />} onClick={() => go(-1)}>
            {t('calendar.previous')}
          </Button>
          <Text fw={650} component="h2" className="month-name" aria-live="polite">
            {monthText(month, i18n.language)}
          </Text>
          <Button
            variant="default"
            className="next-month"
            rightSection={<Icon name="back" size={16} />}
            onClick={() => go(1)}
          >
            {t('calendar.next')}
          </Button>
        </Group>
      }
    >
      <Loaded query={calendar}>
        {(data) => (
          <Shown calendar={data} month={month} chosen={filters.get('day')} choose={(day) => filters.set('day', day)} />
        )}
      </Loaded>
    </Page>
  );
}

interface ShownProps {
  calendar: CampaignCalendar;
  month: string;
  chosen: string;
  choose: (day: string) => void;
}

function Shown({ calendar, month, chosen, choose }: ShownProps) {
  const { t, i18n } = useTranslation();
  const today = dayAt(calendar.now);
  const day = calendar.days.some((one) => one.day === chosen)
    ? chosen
    : ((calendar.days.find((one) => one.day === today) ?? calendar.days[0])?.day ?? '');
  const sends = calendar.sends.filter((send) => send.day === day);
  return (
    <>
      {calendar.more && <Text c="dimmed">{t('calendar.more')}</Text>}
      <Month calendar={calendar} month={month} today={today} chosen={day} choose={choose} />
      <Section title={t('calendar.sends', { day: dayText(day, i18n.language) })} note={t('calendar.estimateNote')}>
        {sends.length === 0 ? <Empty icon="clock" title={t('calendar.none')} /> : <Sends sends={sends} />}
      </Section>
      <Policies calendar={calendar} day={day} />
    </>
  );
}

function Sends({ sends }: { sends: readonly CalendarSend[] }) {
  const { t } = useTranslation();
  return (
    <Rows
      rows={sends}
      keyOf={({ campaign, run, node, startAt }) => [campaign, run, node, startAt].join(' ')}
      label={t('places.calendar')}
      columns={[
        { name: t('calendar.when'), of: ({ latestAt }) => <Moment at={latestAt} /> },
        {
          name: t('runs.campaign'),
          of: ({ campaign, name, run }) => (
            <Anchor
              component={Link}
              to={run === null ? `/campaigns/${encodeURIComponent(campaign)}` : `/runs/${encodeURIComponent(run)}`}
              inherit
              fw={600}
            >
              {name}
            </Anchor>
          ),
        },
        { name: t('calendar.node'), of: ({ node }) => <span className="id">{node}</span> },
        { name: t('calendar.state'), of: ({ kind }) => <Kind kind={kind} /> },
        {
          name: t('calendar.people'),
          right: true,
          of: ({ peopleMax, estimate }) => {
            if (peopleMax === null)
              return (
                <Text span size="sm" c="dimmed">
                  {t('calendar.unknown')}
                </Text>
              );
            return estimate ? t('calendar.atMost', { count: peopleMax }) : <Count of={peopleMax} />;
          },
        },
        {
          name: '',
          of: ({ estimate }) =>
            estimate && (
              <Text span size="xs" c="dimmed">
                {t('calendar.estimate')}
              </Text>
            ),
        },
      ]}
    />
  );
}

const KINDS = { run: ['play', 'teal'], start: ['clock', 'wave'], draft: ['draft', 'gray'] } as const;

export function Kind({ kind }: { kind: CalendarSend['kind'] }) {
  const { t } = useTranslation();
  const [icon, color] = KINDS[kind];
  return (
    <Badge variant="light" color={color} radius="sm" className="state" leftSection={<Icon name={icon} size={14} />}>
      {t(`calendar.kinds.${kind}`)}
    </Badge>
  );
}
