/**
 * The attention list: everything that needs a person, the oldest of each class with what a retry would do and what cures it.
 */
import { Anchor, Badge, Button, Code, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { given, useFilters, useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { useMay, usePerson } from '../../api/session.js';
import { attentionClear, attentionList, attentionQueue } from '../../client/sdk.gen.js';
import type { AttentionItem, Desk } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Icon } from '../../parts/icon.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Page } from '../../parts/page.js';
import { InTemporal } from '../../parts/in-temporal.js';
import { PayoutLink } from '../../parts/payout-link.js';
import { Age, Amount, Count } from '../../parts/values.js';
import { planAddress } from '../retries/selector.js';

const DESKS = ['', 'operator', 'finance', 'marketer'] as const;

export function Component() {
  const { t } = useTranslation();
  const filters = useFilters();
  const desk = filters.get('desk');
  const live = useLive(['attention']);
  const page = useRead(
    ['attention', desk],
    (signal) => attentionList({ query: { limit: 200, ...(given({ desk }) as { desk?: Desk }) }, signal }),
    live.polled,
  );
  return (
    <Page
      title={t('places.attention')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('attention', page)} />}
    >
      <SegmentedControl
        className="start"
        aria-label={t('attention.desk')}
        value={desk}
        onChange={(value) => filters.set('desk', value)}
        data={DESKS.map((value) => ({ value, label: value === '' ? t('common.all') : t(`desks.${value}`) }))}
      />
      <Loaded query={page}>
        {({ items, now }) =>
          items.length === 0 ? (
            <Empty icon="check" title={t('attention.none')} />
          ) : (
            <Stack gap="sm" component="ul" className="plain">
              {items.map((item) => (
                <Item
                  key={`${item.code} ${item.subject} ${item.cause}`}
                  item={item}
                  now={live.now('attention', page, now)}
                />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

function Item({ item, now }: { item: AttentionItem; now: string }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <li className="attention" data-code={item.code}>
      <div className="attention-count">
        <Text fw={700} fz={24} lh={1}>
          <Count of={item.count} />
        </Text>
        <Text size="xs" c="dimmed">
          <Age since={item.firstSeen} now={now} />
        </Text>
      </div>
      <div className="attention-what">
        <Group gap="xs">
          <Title order={2} size="h5">
            {t(`attention.classes.${item.code}.title`)}
          </Title>
          <Badge variant="default" size="sm" radius="sm" className="state">
            {t(`desks.${item.desk}`)}
          </Badge>
        </Group>
        <Text size="sm">
          <Subject subject={item.subject} /> <Code>{item.cause}</Code>
        </Text>
        <Text size="sm">{t(`attention.classes.${item.code}.cure`)}</Text>
        <Text size="sm" c="dimmed">
          {t('attention.ifRetried')}: {t(`attention.classes.${item.code}.retried`)}
        </Text>
        <Sample item={item} />
        {item.workflows !== null && <InTemporal href={item.workflows} />}
      </div>
      {item.retry && <TryAgain item={item.retry} />}
      {item.code === 'queue_stopped' && may('attention.clear') && <Clear subject={item.subject} />}
    </li>
  );
}

const PLACES: Record<string, (name: string) => string> = {
  run: (name) => `/runs/${encodeURIComponent(name)}`,
  campaign: (name) => `/campaigns/${encodeURIComponent(name)}`,
  account: (name) => `/accounts/${encodeURIComponent(name)}`,
  provider: (name) => `/payouts?provider=${encodeURIComponent(name)}`,
};

function Subject({ subject }: { subject: string }) {
  const [kind = '', ...rest] = subject.split('/');
  const to = PLACES[kind]?.(rest.join('/'));
  if (to === undefined) return <strong>{subject}</strong>;
  return (
    <Anchor component={Link} to={to} inherit fw={600}>
      {subject}
    </Anchor>
  );
}

function Sample({ item }: { item: AttentionItem }) {
  const { t } = useTranslation();
  if (item.sample.length === 0) return null;
  return <Ids label={t('attention.sample')} ids={item.sample} payouts={item.code.startsWith('payout_')} />;
}

function Ids({ label, ids, payouts }: { label: string; ids: readonly string[]; payouts: boolean }) {
  return (
    <Text size="xs" c="dimmed" component="div">
      {label}:{' '}
      {ids.map((id) =>
        payouts ? (
          <PayoutLink key={id} payout={id} />
        ) : (
          <span key={id} className="id">
            {id}
          </span>
        ),
      )}
    </Text>
  );
}

/** First of all it is shown what it would do. */
function TryAgain({ item: { selector, roles } }: { item: NonNullable<AttentionItem['retry']> }) {
  const { t } = useTranslation();
  const person = usePerson();
  if (!roles.some((role) => person.roles.includes(role))) return null;
  return (
    <Button
      component={Link}
      to={planAddress(selector)}
      variant="default"
      size="xs"
      leftSection={<Icon name="refresh" size={16} />}
    >
      {t('attention.retry')}
    </Button>
  );
}

/** What is handed over when a stopped queue is cleared is counted before anybody decides; so is what may be set aside, that the others go on. */
function Clear({ subject }: { subject: string }) {
  const { t } = useTranslation();
  const [kind = '', ...rest] = subject.split('/');
  const path = { kind, name: rest.join('/') };
  const queue = useRead(['attention', 'queue', subject], (signal) => attentionQueue({ path, signal }));
  if (!queue.data) return null;
  const { waiting, stopped, aside } = queue.data;
  const answers = (
    <>
      {stopped.map(({ shard, answer }) => (
        <Group key={shard} gap="xs">
          <Icon name="stop" size={16} />
          <Code>{answer}</Code>
        </Group>
      ))}
    </>
  );
  return (
    <Stack gap="xs" align="flex-end">
      <Decision
        verb={t('attention.clear', { count: waiting.count })}
        icon="play"
        reason
        effect={
          <Stack gap="xs">
            <span>{t('attention.clearEffect', { count: waiting.count, subject })}</span>
            {waiting.totals.map((money) => (
              <Amount key={money.currency} money={money} />
            ))}
            {answers}
          </Stack>
        }
        decide={({ reason, idempotencyKey }) =>
          attentionClear({ path, body: { reason }, headers: { 'Idempotency-Key': idempotencyKey } })
        }
      />
      {aside.count > 0 && (
        <Decision
          verb={t('attention.setAside', { count: aside.count })}
          icon="ban"
          color="red.9"
          reason
          effect={
            <Stack gap="xs">
              <span>
                {t(kind === 'gateway' ? 'attention.setAsideMessages' : 'attention.setAsidePayouts', {
                  count: aside.count,
                })}
              </span>
              {aside.totals.map((money) => (
                <Amount key={money.currency} money={money} />
              ))}
              <Ids label={t('attention.these')} ids={aside.sample} payouts={kind === 'provider'} />
              <span>{t('attention.setAsideOthers', { subject })}</span>
              {answers}
            </Stack>
          }
          decide={({ reason, idempotencyKey }) =>
            attentionClear({ path, body: { reason, setAside: true }, headers: { 'Idempotency-Key': idempotencyKey } })
          }
        />
      )}
    </Stack>
  );
}
