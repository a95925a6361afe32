/**
 * The trial balance as of any moment or day: debits and credits of every account, per currency, and whether they are equal.
 */
import { Anchor, Badge, Group, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { ledgerTrialBalance } from '../../client/sdk.gen.js';
import type { TrialBalance } from '../../client/types.gen.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { Print } from '../../parts/print.js';
import { Amount, AsOf, Count } from '../../parts/values.js';

export const WAYS = ['booked', 'business', 'posted'] as const;
export type Way = (typeof WAYS)[number];

/** By which time, and as of when; `booked` is asked by a moment, the others by a day. */
export function useAsOf() {
  const filters = useFilters();
  const by = WAYS.find((way) => way === filters.get('by')) ?? 'booked';
  const at = filters.get('at');
  const query = { by, ...(at === '' ? {} : { at: by === 'booked' ? new Date(`${at}+09:00`).toISOString() : at }) };
  return { by, at, query, set: filters.set, change: filters.change };
}

export function AsOfFilters({ by, at, set, change }: Pick<ReturnType<typeof useAsOf>, 'by' | 'at' | 'set' | 'change'>) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" align="flex-end">
      <NativeSelect
        label={t('ledger.by')}
        data={WAYS.map((value) => ({ value, label: t(`ledger.ways.${value}`) }))}
        value={by}
        onChange={(event) => change({ by: event.currentTarget.value, at: null })}
      />
      <TextInput
        type={by === 'booked' ? 'datetime-local' : 'date'}
        label={t('ledger.at')}
        step={by === 'booked' ? 1 : undefined}
        value={at}
        onChange={(event) => set('at', event.currentTarget.value)}
      />
    </Group>
  );
}

export function Component() {
  const { t } = useTranslation();
  const asOf = useAsOf();
  const balance = useRead(
    ['trial-balance', asOf.query],
    (signal) => ledgerTrialBalance({ query: asOf.query, signal }),
    { everyMs: CALM_MS },
  );
  return (
    <Page
      title={t('places.trialBalance')}
      beside={<AsOf readAt={balance.dataUpdatedAt} />}
      actions={<Print readAt={balance.dataUpdatedAt} />}
    >
      <AsOfFilters {...asOf} />
      <Loaded query={balance}>
        {({ currencies }) =>
          currencies.length === 0 ? (
            <Empty icon="scale" title={t('ledger.none')} />
          ) : (
            currencies.map((currency) => <OneCurrency key={currency.currency} {...currency} search={searchOf(asOf)} />)
          )
        }
      </Loaded>
    </Page>
  );
}

const searchOf = ({ by, at }: { by: Way; at: string }) =>
  new URLSearchParams({ by, ...(at === '' ? {} : { at }) }).toString();

function OneCurrency(props: TrialBalance['currencies'][number] & { search: string }) {
  const { t } = useTranslation();
  const { currency, debits, credits, accounts } = props;
  const equal = debits === credits;
  const money = (value: string) => <Amount money={{ value, currency }} />;
  return (
    <Section
      title={currency}
      beside={
        <Badge
          color={equal ? 'teal' : 'red'}
          variant="light"
          size="lg"
          radius="sm"
          className="state"
          leftSection={<Icon name={equal ? 'check' : 'alert'} size={16} />}
          data-balanced={equal}
        >
          {t(equal ? 'ledger.balanced' : 'ledger.unbalanced')}
        </Badge>
      }
    >
      <Rows
        rows={[...accounts, null]}
        keyOf={(account) => account?.account ?? ''}
        label={`${t('places.trialBalance')} ${currency}`}
        columns={[
          {
            name: t('ledger.account'),
            of: (account) =>
              account ? (
                <Anchor
                  component={Link}
                  to={`/accounts/${encodeURIComponent(account.account)}?${props.search}`}
                  className="id"
                  inherit
                >
                  {account.account}
                </Anchor>
              ) : (
                <strong>{t('ledger.total')}</strong>
              ),
          },
          { name: t('ledger.kind'), of: (account) => account && t(`ledger.kinds.${account.kind}`) },
          {
            name: t('ledger.debits'),
            right: true,
            of: (account) => (account ? money(account.debits) : <strong>{money(debits)}</strong>),
          },
          {
            name: t('ledger.credits'),
            right: true,
            of: (account) => (account ? money(account.credits) : <strong>{money(credits)}</strong>),
          },
          { name: t('ledger.balance'), right: true, of: (account) => account && money(account.balance) },
          { name: t('ledger.entries'), right: true, of: (account) => account && <Count of={account.entries} /> },
        ]}
      />
    </Section>
  );
}
