/**
 * One lucky box: odds, stock and draws, its commitment, and once it is closed its seed, by which every draw is computed again.
 */
import '../../styles/books.css';
import { Button, Code } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { luckyboxesClose, luckyboxesFind } from '../../client/sdk.gen.js';
import type { LuckyBox } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { Decision } from '../../parts/decision.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Facts, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Amount, AsOf, Count, Moment } from '../../parts/values.js';

/** It comes with what draws long lists, after the page is there. */
const Verify = lazy(async () => ({ default: (await import('./verify.js')).Verify }));

export function Component() {
  const { t } = useTranslation();
  const may = useMay();
  const { key = '' } = useParams();
  const box = useRead(['boxes', key], (signal) => luckyboxesFind({ path: { key }, signal }), { everyMs: CALM_MS });
  const { data } = box;
  return (
    <Page
      title={data?.name ?? key}
      up={{ to: '/lucky-boxes', label: t('places.luckyBoxes') }}
      beside={
        data && (
          <>
            <State kind="luckyBox" state={data.state} />
            <AsOf readAt={box.dataUpdatedAt} />
          </>
        )
      }
      actions={
        (data?.state === 'draft' && may('luckyboxes.put') && (
          <Button
            component={Link}
            to={`/lucky-boxes/${encodeURIComponent(key)}/edit`}
            variant="default"
            leftSection={<Icon name="draft" size={16} />}
          >
            {t('making.change')}
          </Button>
        )) ||
        (data?.state === 'open' && may('luckyboxes.close') && (
          <Decision
            verb={t('boxes.close')}
            icon="flag"
            color="red.9"
            reason
            effect={t('boxes.closeEffect')}
            decide={({ reason, idempotencyKey }) =>
              luckyboxesClose({ path: { key }, body: { reason }, headers: { 'Idempotency-Key': idempotencyKey } })
            }
          />
        ))
      }
    >
      <Loaded query={box}>
        {(data) => (
          <>
            <Prizes box={data} />
            <Commitment box={data} />
            {data.state === 'closed' && (
              <Suspense>
                <Verify box={data} />
              </Suspense>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Prizes({ box }: { box: LuckyBox }) {
  const { t, i18n } = useTranslation();
  const weights = [...box.prizes, box.fallback].reduce((sum, { weight }) => sum + weight, 0);
  const money = (value: string) => <Amount money={{ value, currency: box.currency }} />;
  return (
    <Section title={t('boxes.prizes')}>
      <Rows
        rows={[...box.prizes, box.fallback]}
        keyOf={({ name }) => name}
        label={t('boxes.prizes')}
        columns={[
          {
            name: t('boxes.prize'),
            of: (prize) => (prize === box.fallback ? `${prize.name} (${t('boxes.fallback')})` : prize.name),
          },
          { name: t('payouts.amount'), right: true, of: ({ amount }) => (amount ? <Amount money={amount} /> : '–') },
          { name: t('boxes.odds'), right: true, of: ({ weight }) => shareText(weight, weights, i18n.language) },
          {
            name: t('boxes.stock'),
            right: true,
            of: ({ stock }) => (stock === null ? t('boxes.unlimited') : <Count of={stock} />),
          },
          { name: t('boxes.drawn'), right: true, of: ({ drawn }) => <Count of={drawn} /> },
          {
            name: t('boxes.left'),
            right: true,
            of: ({ stock, drawn }) => (stock === null ? '–' : <Count of={stock - drawn} />),
          },
        ]}
      />
      <Facts
        facts={[
          [t('boxes.drawn'), <Count of={box.drawn} />],
          [t('boxes.worst'), money(box.worstCase.stock)],
          [t('boxes.perFallback'), money(box.worstCase.perFallback)],
        ]}
      />
    </Section>
  );
}

function Commitment({ box }: { box: LuckyBox }) {
  const { t } = useTranslation();
  return (
    <Section title={t('boxes.commitment')} note={t('boxes.commitmentNote')}>
      <Facts
        facts={[
          [t('boxes.commitment'), box.commitment ? <span className="id">{box.commitment}</span> : t('boxes.notYet')],
          [
            t('boxes.seed'),
            box.seed ? (
              <span className="id" data-seed>
                {box.seed}
              </span>
            ) : (
              t('boxes.secret')
            ),
          ],
          [t('budgets.closedAt'), <Moment at={box.closedAt} />],
          [t('boxes.closedBy'), box.closedBy],
          [t('common.reason'), box.closeReason],
        ]}
      />
      {box.terms && (
        <div className="section-body">
          <div>{t('boxes.terms')}</div>
          <Code block className="command" tabIndex={0}>
            {box.terms}
          </Code>
        </div>
      )}
    </Section>
  );
}
