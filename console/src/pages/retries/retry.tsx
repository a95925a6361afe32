/**
 * One retry: what it would do before it begins, who let it begin, and what became of each item.
 */
import { Alert, Anchor, Button, Code, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useList, useRead } from '../../api/lists.js';
import { useLive, type Live } from '../../api/live.js';
import { retriesRead } from '../../client/sdk.gen.js';
import type { Retry, RetryPage } from '../../client/types.gen.js';
import { sumOf } from '../../format/count.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More, Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Facts, Page, Section } from '../../parts/page.js';
import { Amount, Count, Moment } from '../../parts/values.js';
import { Begin } from './begin.js';
import { planAddress } from './selector.js';
import { About, Effect, RetryState } from './told.js';

type Item = RetryPage['items'][number];

export function Component() {
  const { t } = useTranslation();
  const no = Number(useParams()['no']);
  const live = useLive(['retries']);
  const retry = useRead(
    ['retries', no],
    (signal) => retriesRead({ path: { no }, query: { limit: 1 }, signal }),
    live.polled,
  );
  const { data } = retry;
  return (
    <Page
      title={t('retries.title', { no })}
      up={{ to: '/retries', label: t('places.retries') }}
      beside={
        data && (
          <>
            <RetryState retry={data} />
            <LiveAsOf following={live.following} readAt={live.asOf('retries', retry)} />
          </>
        )
      }
      actions={data && <Begin retry={data} />}
    >
      <Loaded query={retry}>
        {(data) => (
          <>
            {data.state === 'done' && <Done retry={data} />}
            <div className="columns">
              <Section title={t(data.state === 'planned' ? 'retries.effect' : 'retries.shown')}>
                <div className="section-body">
                  <Effect retry={data} />
                </div>
              </Section>
              <Section title={t('retries.about')}>
                <Facts
                  facts={[
                    [t('retries.what'), <About selector={data.selector} />],
                    [t('common.reason'), data.reason],
                    [t('retries.askedBy'), <Who who={data.askedBy} at={data.at} />],
                    [t('retries.begunBy'), data.begun && <Who who={data.begun.by} at={data.begun.at} />],
                    [t('retries.doneAt'), data.done && <Moment at={data.done} />],
                  ]}
                />
              </Section>
            </div>
            <Items
              no={no}
              polled={data.state === 'under_way' ? live.polled : {}}
              seen={`${data.state} ${sumOf(data.outcomes)}`}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}

const Who = ({ who, at }: { who: string; at: string }) => (
  <>
    {who} · <Moment at={at} />
  </>
);

/** What became of it; and whoever doubts it plans it again, and sees that nothing is left to do. */
function Done({ retry }: { retry: Retry }) {
  const { t } = useTranslation();
  const { done = 0, ...others } = retry.outcomes;
  return (
    <Alert
      color="teal"
      variant="light"
      role="status"
      icon={<Icon name="check" />}
      title={t('retries.became', { count: done })}
      data-done={done}
    >
      {Object.entries(others).map(([why, count]) => (
        <div key={why}>
          {t('retries.nothingDone', { count })}: {t(`retries.whys.${why as 'erased'}`, why)}
        </div>
      ))}
      <Button
        component={Link}
        to={planAddress(retry.selector)}
        size="xs"
        variant="default"
        mt="xs"
        leftSection={<Icon name="refresh" size={16} />}
      >
        {t('retries.again')}
      </Button>
    </Alert>
  );
}

function Items({ no, polled, seen }: { no: number; polled: Live['polled']; seen: string }) {
  const { t } = useTranslation();
  const list = useList(
    ['retries', no, 'items', seen],
    (page, signal) => retriesRead({ path: { no }, query: page, signal }),
    polled,
  );
  const items = list.data ?? [];
  const columns = useColumns();
  return (
    <Section title={t('retries.items')}>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && items.length === 0 ? (
        <Text className="section-body">{t('retries.noItems')}</Text>
      ) : (
        <Rows rows={items} keyOf={(item) => String(item.no)} label={t('retries.items')} columns={columns} />
      )}
      <More {...list} shown={items.length} />
    </Section>
  );
}

function useColumns() {
  const { t } = useTranslation();
  const whyOf = (why: string | null) => why && t(`retries.whys.${why as 'erased'}`, why);
  return [
    { name: t('retries.no'), of: ({ no }: Item) => no },
    { name: t('retries.item'), of: (item: Item) => <Subject item={item} /> },
    {
      name: t('retries.would_'),
      of: ({ effect, why }: Item) => (
        <>
          {t(`retries.effects.${effect}`)}
          {why && (
            <Text size="xs" c="dimmed">
              {whyOf(why)}
            </Text>
          )}
        </>
      ),
    },
    { name: t('retries.messages'), right: true, of: ({ sends }: Item) => <Count of={sends} /> },
    {
      name: t('retries.money'),
      right: true,
      of: ({ pays }: Item) => pays.map((money) => <Amount key={`${money.currency} ${money.value}`} money={money} />),
    },
    {
      name: t('retries.outcome'),
      of: ({ outcome, detail, effect }: Item) =>
        outcome === null ? (
          <Text c="dimmed">{effect === 'nothing' ? t('retries.outcomes.none') : t('retries.outcomes.open')}</Text>
        ) : (
          <span data-outcome={outcome}>
            <Icon name={outcome === 'done' ? 'check' : 'ban'} size={16} /> {t(`retries.outcomes.${outcome}`)}{' '}
            {detail && (outcome === 'done' ? <Code>{detail}</Code> : whyOf(detail))}
          </span>
        ),
    },
    { name: t('common.at'), of: ({ at }: Item) => <Moment at={at} /> },
  ];
}

const PLACES: Partial<Record<Item['kind'], string>> = { participant: 'customers', payout: 'payouts', run: 'runs' };

function Subject({ item: { kind, subject } }: { item: Item }) {
  const { t } = useTranslation();
  const place = PLACES[kind];
  return (
    <>
      <Text size="xs" c="dimmed" span>
        {t(`retries.kinds.${kind}`)}
      </Text>{' '}
      {place ? (
        <Anchor component={Link} to={`/${place}/${encodeURIComponent(subject)}`} className="id" inherit>
          {subject}
        </Anchor>
      ) : (
        <span className="id">{subject}</span>
      )}
    </>
  );
}
