/**
 * One account of the books: its entries in the order of their booking, each with the totals so far.
 */
import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useList, useRead } from '../../api/lists.js';
import { ledgerAccount, ledgerEntries } from '../../client/sdk.gen.js';
import type { LedgerEntry } from '../../client/types.gen.js';
import { Failure } from '../../parts/failure.js';
import { Empty, Facts, Page, Section } from '../../parts/page.js';
import { PayoutLink } from '../../parts/payout-link.js';
import { Amount, AsOf, Count, Moment } from '../../parts/values.js';
import { VirtualRows } from '../../parts/virtual.js';
import { AsOfFilters, useAsOf } from './trial-balance.js';

export function Component() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const asOf = useAsOf();
  const columns = useColumns();
  const account = useRead(['accounts', key, asOf.query], (signal) =>
    ledgerAccount({ path: { key }, query: asOf.query, signal }),
  );
  const entries = useList(['accounts', key, 'entries', asOf.query], (page, signal) =>
    ledgerEntries({ path: { key }, query: { ...page, ...asOf.query }, signal }),
  );
  const { data } = account;
  const money = (value: string) => data && <Amount money={{ value, currency: data.currency }} />;
  return (
    <Page
      title={key}
      up={{ to: '/trial-balance', label: t('places.trialBalance') }}
      beside={<AsOf readAt={account.dataUpdatedAt} />}
    >
      <AsOfFilters {...asOf} />
      {account.isError && <Failure error={account.error} again={() => void account.refetch()} />}
      {data && (
        <Section title={t(`ledger.kinds.${data.kind}`)}>
          <Facts
            facts={[
              [t('ledger.debits'), money(data.debits)],
              [t('ledger.credits'), money(data.credits)],
              [t('ledger.balance'), money(data.balance)],
              [t('ledger.entries'), <Count of={data.entries} />],
            ]}
          />
        </Section>
      )}
      {entries.isError && <Failure error={entries.error} again={() => void entries.refetch()} />}
      {entries.data?.length === 0 ? (
        <Empty icon="book" title={t('ledger.noEntries')} />
      ) : (
        <VirtualRows
          {...entries}
          label={t('ledger.entries')}
          rows={entries.data ?? []}
          keyOf={({ no }) => String(no)}
          columns={columns}
        />
      )}
    </Page>
  );
}

function useColumns() {
  const { t } = useTranslation();
  const money = ({ currency }: LedgerEntry, value: string) => <Amount money={{ value, currency }} />;
  return [
    { name: t('ledger.no'), width: '7%', right: true, of: ({ no }: LedgerEntry) => <Count of={no} /> },
    { name: t('ledger.booked'), width: '17%', of: ({ bookedAt }: LedgerEntry) => <Moment at={bookedAt} /> },
    { name: t('ledger.kind'), width: '10%', of: ({ kind }: LedgerEntry) => kind },
    {
      name: t('ledger.counter'),
      width: '18%',
      of: ({ counter }: LedgerEntry) => (
        <Anchor component={Link} to={`/accounts/${encodeURIComponent(counter)}`} className="id cut" inherit>
          {counter}
        </Anchor>
      ),
    },
    {
      name: t('ledger.payout'),
      width: '18%',
      of: ({ payout }: LedgerEntry) => payout && <PayoutLink payout={payout} cut />,
    },
    {
      name: t('ledger.debit'),
      width: '10%',
      right: true,
      of: (entry: LedgerEntry) => entry.side === 'debit' && money(entry, entry.amount),
    },
    {
      name: t('ledger.credit'),
      width: '10%',
      right: true,
      of: (entry: LedgerEntry) => entry.side === 'credit' && money(entry, entry.amount),
    },
    { name: t('ledger.balance'), width: '10%', right: true, of: (entry: LedgerEntry) => money(entry, entry.balance) },
  ];
}
