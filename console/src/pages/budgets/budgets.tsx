/**
 * Budgets: funded = available + reserved + spent, and what was asked for of each. One is made and begins by one person; a raise, a cut or a closing is
 * asked for by one and approved by another.
 */
import { Anchor, Button, Group, NativeSelect, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useList } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { useMay } from '../../api/session.js';
import { budgetchangesAsk, budgetsList } from '../../client/sdk.gen.js';
import type { Budget } from '../../client/types.gen.js';
import { decimalOf, minorOf } from '../../format/money.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { More } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Empty, Facts, Page, Section } from '../../parts/page.js';
import { Amount, Moment } from '../../parts/values.js';
import { Fund } from './fund.js';

export function Component() {
  const { t } = useTranslation();
  const live = useLive(['budgets']);
  const list = useList(['budgets', 'list'], (query, signal) => budgetsList({ query, signal }), live.polled);
  const budgets = list.data ?? [];
  const make = useMay()('budgets.put') && (
    <Button component={Link} to="/new-budget" leftSection={<Icon name="wallet" size={16} />}>
      {t('making.newBudget')}
    </Button>
  );
  return (
    <Page
      title={t('places.budgets')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('budgets', list)} />}
      actions={budgets.length > 0 && make}
    >
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data && budgets.length === 0 && <Empty icon="wallet" title={t('budgets.none')} action={make} />}
      <div className="cards">
        {budgets.map((budget) => (
          <OneBudget key={budget.key} budget={budget} />
        ))}
      </div>
      {list.hasNextPage && <More {...list} shown={budgets.length} />}
    </Page>
  );
}

function OneBudget({ budget }: { budget: Budget }) {
  const { t } = useTranslation();
  const may = useMay();
  const [spent, reserved, available] = [budget.spent, budget.reserved, budget.available].map(({ value }) =>
    BigInt(value),
  ) as [bigint, bigint, bigint];
  const funded = spent + reserved + available;
  const share = (part: bigint) => (funded === 0n ? 0 : Number((part * 1_000n) / funded) / 10);
  const money = (value: bigint) => ({ value: String(value), currency: budget.currency });
  return (
    <Section
      title={budget.name}
      beside={
        <Anchor
          component={Link}
          to={`/payouts?budget=${encodeURIComponent(budget.key)}`}
          size="sm"
          aria-label={`${budget.name}: ${t('places.payouts')}`}
        >
          {t('places.payouts')}
        </Anchor>
      }
    >
      <Stack gap="sm" className="section-body">
        <Group justify="space-between" align="baseline">
          <Text size="sm" c="dimmed">
            {t('budgets.available')}
          </Text>
          <Text fz={26} fw={650} lh={1}>
            <Amount money={budget.available} />
          </Text>
        </Group>
        <Progress.Root size="lg" aria-hidden="true">
          <Progress.Section value={share(spent)} color="teal" />
          <Progress.Section value={share(reserved)} color="yellow" />
        </Progress.Root>
      </Stack>
      <Facts
        facts={[
          [t('budgets.key'), <span className="id">{budget.key}</span>],
          [t('budgets.funded'), <Amount money={money(funded)} />],
          [t('budgets.spent'), <Amount money={budget.spent} />],
          [t('budgets.reserved'), <Amount money={budget.reserved} />],
          [t('budgets.createdBy'), budget.createdBy],
          ...(budget.closedAt ? [[t('budgets.closedAt'), <Moment at={budget.closedAt} />] as const] : []),
        ]}
      />
      {budget.closedAt === null && (
        <Group justify="flex-end" className="section-foot">
          {may('budgets.fund') && spent + reserved === 0n && <Fund budget={budget} />}
          {may('budgetchanges.ask') && <Ask budget={budget} />}
        </Group>
      )}
    </Section>
  );
}

function Ask({ budget }: { budget: Budget }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<'raise' | 'cut' | 'close'>('raise');
  const [amount, setAmount] = useState('');
  const minor = minorOf(amount, budget.currency);
  return (
    <Decision
      verb={t('budgets.ask')}
      icon="draft"
      quiet
      reason
      effect={
        <Stack gap="sm">
          <Text>{t('budgets.askEffect', { name: budget.name })}</Text>
          <Group grow align="flex-start">
            <NativeSelect
              label={t('budgets.change')}
              data={(['raise', 'cut', 'close'] as const).map((value) => ({
                value,
                label: t(`budgets.kinds.${value}`),
              }))}
              value={kind}
              onChange={(event) => setKind(event.currentTarget.value as typeof kind)}
            />
            {kind !== 'close' && (
              <TextInput
                label={`${t('payouts.amount')} (${budget.currency})`}
                placeholder={decimalOf('5000', budget.currency)}
                inputMode="decimal"
                value={amount}
                onChange={(event) => setAmount(event.currentTarget.value)}
                error={amount !== '' && minor === null ? t('budgets.noAmount') : null}
                required
              />
            )}
          </Group>
        </Stack>
      }
      decide={({ reason, idempotencyKey }) =>
        budgetchangesAsk({
          path: { key: budget.key },
          body:
            kind === 'close'
              ? { kind, reason }
              : { kind, reason, amount: { value: minor ?? amount, currency: budget.currency } },
          headers: { 'Idempotency-Key': idempotencyKey },
        })
      }
    />
  );
}
