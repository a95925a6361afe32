/**
 * Everything that was decided about a customer or came from them, over all campaigns, newest first.
 */
import { Anchor, Badge, Code, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useList } from '../../api/lists.js';
import { customerstoryTimeline } from '../../client/sdk.gen.js';
import type { TimelineItem } from '../../client/types.gen.js';
import { moneyText } from '../../format/money.js';
import { Icon, type IconName } from '../../parts/icon.js';
import { More, Rows } from '../../parts/list.js';
import { Empty, Section } from '../../parts/page.js';
import { Moment } from '../../parts/values.js';

const ICONS: Record<TimelineItem['kind'], IconName> = {
  decision: 'approve',
  gate: 'switches',
  event: 'play',
  response: 'check',
  receipt: 'send',
  payout: 'coins',
  link: 'chevron',
};

/** Read once, for the page and for the campaigns that it offers. */
export const useTimeline = (customer: string) =>
  useList(['customers', customer, 'timeline'], (query, signal) =>
    customerstoryTimeline({ path: { id: customer }, query, signal }),
  );

export function CustomerTimeline({ customer, list }: { customer: string; list: ReturnType<typeof useTimeline> }) {
  const { t } = useTranslation();
  const rows = list.data ?? [];
  return (
    <Section title={t('customers.timeline')}>
      {list.data && rows.length === 0 && <Empty icon="clock" title={t('customers.nothingYet')} />}
      {rows.length > 0 && (
        <>
          <Rows
            // two things of one moment have no name that tells them apart
            rows={rows.map((item, n) => ({ item, n }))}
            keyOf={({ n }) => String(n)}
            label={t('customers.timeline')}
            columns={[
              { name: t('common.at'), of: ({ item }) => <Moment at={item.at} /> },
              {
                name: t('customers.what'),
                of: ({ item: { kind } }) => (
                  <Badge
                    variant="light"
                    radius="sm"
                    className="state"
                    data-kind={kind}
                    leftSection={<Icon name={ICONS[kind]} size={14} />}
                  >
                    {t(`customers.kinds.${kind}`)}
                  </Badge>
                ),
              },
              { name: t('payouts.filters.campaign'), of: ({ item }) => <Campaign item={item} customer={customer} /> },
              { name: t('customers.detail'), of: ({ item }) => <Detail item={item} /> },
            ]}
          />
          <More {...list} shown={rows.length} />
        </>
      )}
    </Section>
  );
}

/** To the why of that run. */
function Campaign({ item: { campaign, run }, customer }: { item: TimelineItem; customer: string }) {
  if (campaign === null || run === null) return '–';
  const where = new URLSearchParams({ campaign, run }).toString();
  return (
    <Anchor component={Link} to={`/customers/${encodeURIComponent(customer)}?${where}`} inherit>
      {campaign}
    </Anchor>
  );
}

interface Step {
  node: string;
  visit: number;
  codes: string[];
}

/** Of a scalar; nothing of anything else. */
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

function Detail({ item: { kind, detail } }: { item: TimelineItem }): ReactNode {
  const { t, i18n } = useTranslation();
  switch (kind) {
    case 'decision':
      return (detail['steps'] as Step[]).map(({ node, visit, codes }) => (
        <div key={`${node} ${visit}`}>
          <span className="id">{`${node} ×${visit}`}</span> <Code>{codes.join(' ')}</Code>
        </div>
      ));
    case 'gate':
      return <Code>{`${text(detail['status'])} ${text(detail['source'])} v${text(detail['gateVersion'])}`}</Code>;
    case 'event':
      return text(detail['event']);
    case 'response':
      return `${text(detail['node'])} ×${text(detail['visit'])}${detail['late'] === true ? ` · ${t('customers.late')}` : ''}`;
    case 'receipt':
      return `${text(detail['channel'])} · ${text(detail['event'])}`;
    case 'payout': {
      const money = { value: text(detail['amount']), currency: text(detail['currency']) };
      return (
        <Group gap="xs">
          <Anchor component={Link} to={`/payouts/${encodeURIComponent(text(detail['payout']))}`} inherit>
            {moneyText(money, i18n.language)}
          </Anchor>
          <Code>{`${text(detail['from']) || '–'} → ${text(detail['to'])} ${text(detail['cause'])}`}</Code>
        </Group>
      );
    }
    default:
      return <Code>{`${text(detail['campaign'])} ${text(detail['outcome'])} ${text(detail['reason'])}`.trim()}</Code>;
  }
}
