/**
 * What was earned, what the ledger paid and what the settlement says, beside each other; what is not the same is marked by icon and word.
 */
import { Anchor, Badge, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/lists.js';
import { payoutsFind } from '../../client/sdk.gen.js';
import type { PayoutDetail, SettlementBreakDetail } from '../../client/types.gen.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Amount, Moment } from '../../parts/values.js';

/** What one side says, as the match keeps it. */
interface Side {
  day?: string;
  amount?: string;
  currency?: string;
  reference?: string;
  line?: number;
  paidAt?: string;
}
interface Said {
  ours?: Side;
  theirs?: Side;
  rows?: Side[];
  why?: 'rule_version' | 'rule' | 'claim' | 'response' | 'response_changed' | 'amount';
  otherProvider?: string;
}

interface Line {
  name: string;
  /** Earned, ledger, settlement. */
  sides: readonly [ReactNode, ReactNode, ReactNode];
  differs: boolean;
}

const moneyOf = (side: Side | undefined): ReactNode =>
  side?.amount !== undefined && side.currency !== undefined ? (
    <Amount money={{ value: side.amount, currency: side.currency }} />
  ) : null;

export function Evidence({ of: one }: { of: SettlementBreakDetail }) {
  // a key of theirs may be of no payout: that is an answer, not a failure
  const found = useRead(['payouts', one.payout], (signal) => payoutsFind({ path: { key: one.payout }, signal }));
  if (found.isLoading) return <Skeleton height={280} aria-busy="true" />;
  return <Sides of={one} payout={found.data ?? null} />;
}

interface SidesProps {
  of: SettlementBreakDetail;
  /** Null: there is none of this key. */
  payout: PayoutDetail | null;
}

function Sides({ of: one, payout }: SidesProps) {
  const { t } = useTranslation();
  const lines = useLines({ of: one, payout });
  const said = one.facts as Said;
  const there = (value: ReactNode) =>
    value ?? (
      <Text span size="sm" c="dimmed">
        {t('breaks.notThere')}
      </Text>
    );
  return (
    <Section
      title={t('breaks.evidence')}
      beside={
        payout ? (
          <Anchor component={Link} to={`/payouts/${encodeURIComponent(one.payout)}`} size="sm" className="id">
            {one.payout}
          </Anchor>
        ) : (
          <span className="id">{one.payout}</span>
        )
      }
    >
      <Rows
        rows={lines}
        keyOf={({ name }) => name}
        label={t('breaks.evidence')}
        columns={[
          {
            name: t('breaks.side'),
            of: ({ name, differs }) => (
              <>
                {name}{' '}
                {differs && (
                  <Badge
                    color="orange"
                    variant="light"
                    radius="sm"
                    className="state"
                    leftSection={<Icon name="alert" size={14} />}
                    data-differs
                  >
                    {t('breaks.differs')}
                  </Badge>
                )}
              </>
            ),
          },
          { name: t('breaks.entitlement'), of: ({ sides }) => there(sides[0]) },
          { name: t('breaks.ledger'), of: ({ sides }) => there(sides[1]) },
          { name: t('breaks.theirs'), of: ({ sides }) => there(sides[2]) },
        ]}
      />
      {said.why && <Text className="section-body">{t(`breaks.why.${said.why}`)}</Text>}
      {said.rows && (
        <Rows
          rows={said.rows}
          keyOf={({ line }) => String(line)}
          label={t('breaks.twice')}
          columns={[
            { name: t('breaks.twice'), of: ({ line }) => t('breaks.line', { line, day: one.day }) },
            { name: t('payouts.amount'), right: true, of: moneyOf },
          ]}
        />
      )}
    </Section>
  );
}

function useLines({ of: one, payout }: SidesProps): Line[] {
  const { t } = useTranslation();
  const { ours, theirs, otherProvider } = one.facts as Said;
  const to = (path: string, name: string) => (
    <Anchor component={Link} to={`${path}/${encodeURIComponent(name)}`} inherit>
      {name}
    </Anchor>
  );
  return [
    {
      name: t('payouts.amount'),
      sides: [payout ? <Amount money={payout.amount} /> : null, moneyOf(ours), moneyOf(theirs)],
      differs: ['amount', 'currency', 'missing_at_provider', 'unknown_to_us', 'not_entitled'].includes(one.class),
    },
    {
      name: t('breaks.paid'),
      sides: [
        payout ? <Moment at={payout.decidedAt} /> : null,
        ours?.day ?? null,
        theirs?.paidAt ? <Moment at={theirs.paidAt} /> : (theirs?.day ?? null),
      ],
      differs: one.class === 'date',
    },
    {
      name: t('payouts.reference'),
      sides: [
        null,
        <span className="id">{ours?.reference ?? payout?.reference ?? '–'}</span>,
        theirs?.reference ? <span className="id">{theirs.reference}</span> : null,
      ],
      differs: one.class === 'reference',
    },
    {
      name: t('breaks.place'),
      sides: [
        payout ? (
          <>
            {to('/campaigns', payout.campaign)} · {payout.node}
          </>
        ) : (
          <Text span size="sm">
            {t('breaks.noEntitlement')}
          </Text>
        ),
        to('/accounts', `clearing:${one.provider}`),
        theirs?.line === undefined ? null : t('breaks.line', { line: theirs.line, day: theirs.day }),
      ],
      differs: one.class === 'duplicate',
    },
    {
      name: t('breaks.who'),
      sides: [
        payout ? to('/customers', payout.customer) : null,
        payout && <State kind="payout" state={payout.state} />,
        otherProvider,
      ],
      differs: otherProvider !== undefined,
    },
  ];
}
