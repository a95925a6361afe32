/**
 * What may be decided about a payout in its state. What gives it up, settles it by word or takes it back is proposed here, and approved by another person.
 */
import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../../api/access.js';
import { useMay } from '../../api/session.js';
import {
  oweditemsReissue,
  oweditemsWaive,
  payoutdecisionsApprove,
  payoutdecisionsCancel,
  payoutdecisionsHold,
  payoutdecisionsLookUp,
  payoutdecisionsSettle,
  payoutreversalsReverse,
  payoutreversalsSettle,
} from '../../client/sdk.gen.js';
import type { PayoutDetail } from '../../client/types.gen.js';
import { Decision, type Made } from '../../parts/decision.js';
import type { IconName } from '../../parts/icon.js';
import { Amount } from '../../parts/values.js';

type Name = 'hold' | 'lookUp' | 'approve' | 'cancel' | 'reverse' | 'reissue' | 'waive';

interface Action {
  name: Name;
  when: (payout: PayoutDetail) => boolean;
  needs: Operation;
  icon: IconName;
  color?: string;
  decide(key: string, made: Made): Promise<unknown>;
}

const asked = (key: string, { reason, idempotencyKey }: Made) => ({
  path: { key },
  body: { reason },
  headers: { 'Idempotency-Key': idempotencyKey },
});

const ACTIONS: readonly Action[] = [
  {
    name: 'hold',
    when: ({ state }) => state === 'intended' || state === 'approved',
    needs: 'payoutdecisions.hold',
    icon: 'hold',
    color: 'yellow',
    decide: (key, made) => payoutdecisionsHold(asked(key, made)),
  },
  {
    name: 'approve',
    when: ({ state }) => state === 'held',
    needs: 'payoutdecisions.approve',
    icon: 'approve',
    decide: (key, made) => payoutdecisionsApprove(asked(key, made)),
  },
  {
    name: 'lookUp',
    when: ({ state }) => state === 'held',
    needs: 'payoutdecisions.lookUp',
    icon: 'search',
    decide: (key, made) => payoutdecisionsLookUp(asked(key, made)),
  },
  {
    name: 'cancel',
    when: ({ state }) => state === 'held',
    needs: 'payoutdecisions.cancel',
    icon: 'ban',
    color: 'red.9',
    decide: (key, made) => payoutdecisionsCancel(asked(key, made)),
  },
  {
    name: 'reverse',
    when: ({ state }) => state === 'paid' || state === 'settled',
    needs: 'payoutreversals.reverse',
    icon: 'undo',
    color: 'red.9',
    decide: (key, made) => payoutreversalsReverse(asked(key, made)),
  },
  {
    name: 'reissue',
    when: ({ owed }) => owed === 'open',
    needs: 'oweditems.reissue',
    icon: 'refresh',
    decide: (key, made) => oweditemsReissue(asked(key, made)),
  },
  {
    name: 'waive',
    when: ({ owed }) => owed === 'open',
    needs: 'oweditems.waive',
    icon: 'ban',
    color: 'red.9',
    decide: (key, made) => oweditemsWaive(asked(key, made)),
  },
];

export function PayoutActions({ payout }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const actions = ACTIONS.filter(({ when, needs }) => when(payout) && may(needs)).map((action) => (
    <Decision
      key={action.name}
      verb={t(`payouts.actions.${action.name}.verb`)}
      icon={action.icon}
      color={action.color}
      quiet
      reason
      effect={
        <>
          {t(`payouts.actions.${action.name}.effect`)}{' '}
          <strong>
            <Amount money={payout.amount} />
          </strong>
        </>
      }
      decide={(made) => action.decide(payout.key, made)}
    />
  ));
  const unsure = payout.reversals.at(-1)?.state === 'ambiguous';
  return (
    <>
      {actions}
      {payout.state === 'held' && payout.attempts.length > 0 && may('payoutdecisions.settle') && (
        <Settle payout={payout} />
      )}
      {unsure && may('payoutreversals.settle') && <SettleReversal payout={payout} />}
    </>
  );
}

/** By the word of the provider's owner. */
function Settle({ payout: { key, amount } }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  const [reference, setReference] = useState('');
  const given = reference.trim();
  return (
    <Decision
      verb={t('payouts.actions.settle.verb')}
      icon="scale"
      color="red.9"
      quiet
      reason
      onOpen={() => setReference('')}
      effect={
        <Stack gap="sm">
          <span>
            {t('payouts.actions.settle.effect')}{' '}
            <strong>
              <Amount money={amount} />
            </strong>
          </span>
          <TextInput
            label={t('payouts.reference')}
            value={reference}
            maxLength={200}
            onChange={(event) => setReference(event.currentTarget.value)}
          />
        </Stack>
      }
      choices={{
        label: t('payouts.word'),
        options: (['paid', 'rejected'] as const).map((value) => ({ value, label: t(`states.payout.${value}`) })),
      }}
      decide={({ choice, reason, idempotencyKey }) =>
        payoutdecisionsSettle({
          path: { key },
          body: { word: choice as 'paid', reason, ...(given === '' ? {} : { reference: given }) },
          headers: { 'Idempotency-Key': idempotencyKey },
        })
      }
    />
  );
}

function SettleReversal({ payout: { key, amount } }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  return (
    <Decision
      verb={t('payouts.actions.settleReversal.verb')}
      icon="scale"
      color="red.9"
      quiet
      reason
      effect={
        <>
          {t('payouts.actions.settleReversal.effect')}{' '}
          <strong>
            <Amount money={amount} />
          </strong>
        </>
      }
      choices={{
        label: t('payouts.word'),
        options: (['reversed', 'rejected'] as const).map((value) => ({
          value,
          label: t(`payouts.reversalStates.${value}`),
        })),
      }}
      decide={({ choice, reason, idempotencyKey }) =>
        payoutreversalsSettle({
          path: { key },
          body: { word: choice as 'reversed', reason },
          headers: { 'Idempotency-Key': idempotencyKey },
        })
      }
    />
  );
}
