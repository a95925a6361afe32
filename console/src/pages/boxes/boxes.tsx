/**
 * Lucky boxes: what each has drawn, and what it is committed to.
 */
import { Anchor, Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useList } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { luckyboxesList } from '../../client/sdk.gen.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More, Rows } from '../../parts/list.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Amount, AsOf, Count, Moment } from '../../parts/values.js';

export function Component() {
  const { t } = useTranslation();
  const list = useList(['boxes', 'list'], (query, signal) => luckyboxesList({ query, signal }), { everyMs: CALM_MS });
  const boxes = list.data ?? [];
  const make = useMay()('luckyboxes.put') && (
    <Button component={Link} to="/new-lucky-box" leftSection={<Icon name="gift" size={16} />}>
      {t('making.newBox')}
    </Button>
  );
  return (
    <Page
      title={t('places.luckyBoxes')}
      beside={<AsOf readAt={list.dataUpdatedAt} />}
      actions={boxes.length > 0 && make}
    >
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && boxes.length === 0 ? (
        <Empty icon="gift" title={t('boxes.none')} action={make} />
      ) : (
        <Section title={t('places.luckyBoxes')}>
          <Rows
            rows={boxes}
            keyOf={({ key }) => key}
            label={t('places.luckyBoxes')}
            columns={[
              {
                name: t('boxes.name'),
                of: ({ key, name }) => (
                  <Anchor component={Link} to={`/lucky-boxes/${encodeURIComponent(key)}`} inherit>
                    {name}
                  </Anchor>
                ),
              },
              { name: t('payouts.key'), of: ({ key }) => <span className="id">{key}</span> },
              { name: t('common.state'), of: ({ state }) => <State kind="luckyBox" state={state} /> },
              { name: t('boxes.drawn'), right: true, of: ({ drawn }) => <Count of={drawn} /> },
              {
                name: t('boxes.worst'),
                right: true,
                of: ({ worstCase, currency }) => <Amount money={{ value: worstCase.stock, currency }} />,
              },
              {
                name: t('boxes.commitment'),
                of: ({ commitment }) =>
                  commitment ? (
                    <span className="id" title={commitment}>
                      {commitment.slice(0, 16)}…
                    </span>
                  ) : (
                    '–'
                  ),
              },
              { name: t('budgets.closedAt'), of: ({ closedAt }) => <Moment at={closedAt} /> },
            ]}
          />
          {list.hasNextPage && <More {...list} shown={boxes.length} />}
        </Section>
      )}
    </Page>
  );
}
