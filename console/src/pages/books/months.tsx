/**
 * The months of the books: proposed to be closed or reopened by one person, approved by another; and the signed statement of each, with the words by
 * which an outsider verifies it.
 */
import { Anchor, Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { queries } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { download, take, type Taken } from '../../api/taking.js';
import { ledgerHeads, periodsClose, periodsList, periodsReopen } from '../../client/sdk.gen.js';
import type { Period, Periods } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Print } from '../../parts/print.js';
import { State } from '../../parts/state.js';
import { TakenFile } from '../../parts/taken.js';
import { Count, Moment } from '../../parts/values.js';

export function Component() {
  const { t } = useTranslation();
  const [taken, setTaken] = useState<Taken | null>(null);
  const live = useLive(['periods']);
  const periods = useRead(['periods'], (signal) => periodsList({ signal }), live.polled);
  const taking = useMutation({
    mutationFn: (month: string) => take(`/v1/ledger/statements/${month}`),
    onSuccess: (file) => {
      download(file.name, file.content);
      setTaken(file);
    },
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Page
      title={t('places.months')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('periods', periods)} />}
      actions={<Print readAt={periods.dataUpdatedAt} />}
    >
      {taking.isError && <Failure error={taking.error} />}
      {taken && <Statement taken={taken} />}
      <Loaded query={periods}>
        {(data) =>
          data.months.length === 0 ? (
            <Empty icon="book" title={t('months.none')} />
          ) : (
            <>
              <Months periods={data} take={taking.mutate} taking={taking.isPending ? taking.variables : null} />
              <Closings periods={data} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Of the first signed head: whoever verifies compares it with what they have written down. */
function Statement({ taken }: { taken: Taken }) {
  const { t } = useTranslation();
  const heads = useRead(['heads', 'first'], (signal) => ledgerHeads({ query: { limit: 1 }, signal }));
  const first = heads.data?.items[0];
  const { publicKey } = first ? (JSON.parse(first.statement) as { publicKey?: string }) : {};
  const text = `./pado verify-statement ${taken.name} --provider-settlements settlements --public-key ${publicKey ?? 'KEY'}`;
  return <TakenFile taken={taken} command={{ text, note: t('taken.commandNote') }} />;
}

interface MonthsProps {
  periods: Periods;
  take: (month: string) => void;
  /** The month whose statement is under way. */
  taking: string | null;
}

function Months({ periods: { months, zone }, take, taking }: MonthsProps) {
  const { t } = useTranslation();
  const may = useMay();
  // in their order, and back in the reverse order; the last one is not over yet
  const next = months.filter(({ state }) => state === 'open')[0];
  const last = months.filter(({ state }) => state === 'closed').at(-1);
  const present = months.at(-1);
  return (
    <Section title={t('approvals.months')} note={t('months.zone', { zone })}>
      <Rows
        rows={months.toReversed()}
        keyOf={({ month }) => month}
        label={t('approvals.months')}
        columns={[
          { name: t('months.month'), of: ({ month }: Period) => <strong className="figures">{month}</strong> },
          { name: t('common.state'), of: ({ state }: Period) => <State kind="month" state={state} /> },
          { name: t('months.transfers'), right: true, of: ({ transfers }: Period) => <Count of={transfers} /> },
          { name: t('months.late'), right: true, of: ({ late }: Period) => <Count of={late} /> },
          {
            name: t('months.proposed'),
            of: ({ proposed }: Period) =>
              proposed && (
                <>
                  <Anchor component={Link} to="/approvals" inherit>
                    {t(`approvals.moves.${proposed.move}`)}
                  </Anchor>{' '}
                  <Moment at={proposed.at} /> {proposed.by}: {proposed.reason}
                </>
              ),
          },
          {
            name: t('common.decide'),
            of: (period: Period) => (
              <Group gap="xs" wrap="nowrap">
                {may('statements.statement') && (
                  <Button
                    size="xs"
                    variant="default"
                    loading={taking === period.month}
                    leftSection={<Icon name="download" size={16} />}
                    aria-label={t('months.downloadOf', { month: period.month })}
                    onClick={() => take(period.month)}
                  >
                    {t('months.download')}
                  </Button>
                )}
                {may('periods.close') && !period.proposed && period === next && period !== present && (
                  <Move month={period.month} move="close" />
                )}
                {may('periods.reopen') && !period.proposed && period === last && (
                  <Move month={period.month} move="reopen" />
                )}
              </Group>
            ),
          },
        ]}
      />
    </Section>
  );
}

function Move({ month, move }: { month: string; move: 'close' | 'reopen' }) {
  const { t } = useTranslation();
  return (
    <Decision
      verb={t(`months.${move}`, { month })}
      icon={move === 'close' ? 'book' : 'undo'}
      color={move === 'close' ? 'wave' : 'red.9'}
      quiet
      reason
      effect={t(`months.${move}Effect`)}
      decide={({ reason, idempotencyKey }) => {
        const asked = { path: { month }, body: { reason }, headers: { 'Idempotency-Key': idempotencyKey } };
        return move === 'close' ? periodsClose(asked) : periodsReopen(asked);
      }}
    />
  );
}

function Closings({ periods: { closings } }: { periods: Periods }) {
  const { t } = useTranslation();
  return (
    <Section title={t('months.closings')}>
      {closings.length === 0 ? (
        <Empty icon="book" title={t('months.noClosings')} />
      ) : (
        <Rows
          rows={closings.toReversed()}
          keyOf={({ month, at }) => `${month} ${at}`}
          label={t('months.closings')}
          columns={[
            { name: t('months.month'), of: ({ month }) => month },
            { name: t('approvals.move'), of: ({ move }) => t(`approvals.moves.${move}`) },
            { name: t('common.reason'), of: ({ reason }) => reason },
            { name: t('common.by'), of: ({ proposedBy, approvedBy }) => `${proposedBy}, ${approvedBy}` },
            { name: t('common.at'), of: ({ at }) => <Moment at={at} /> },
          ]}
        />
      )}
    </Section>
  );
}
