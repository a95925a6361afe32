/**
 * What may be decided about a payout in its state. What gives it up or takes it back is proposed by one person and approved by another.
 */
import { useTranslation } from 'react-i18next';
import type { Operation } from '../../api/access.js';
import { useMay } from '../../api/session.js';
import {
  payoutdecisionsApprove,
  payoutdecisionsCancel,
  payoutdecisionsConfirmCancel,
  payoutdecisionsHold,
  payoutdecisionsLookUp,
  payoutreversalsConfirmReverse,
  payoutreversalsReverse,
} from '../../client/sdk.gen.js';
import type { PayoutDetail, PayoutState } from '../../client/types.gen.js';
import { Decision, type Made } from '../../parts/decision.js';
import type { IconName } from '../../parts/icon.js';
import { Amount } from '../../parts/values.js';

type Name = 'hold' | 'lookUp' | 'approve' | 'cancel' | 'confirmCancel' | 'reverse' | 'confirmReverse';

interface Action {
  name: Name;
  in: readonly PayoutState[];
  needs: Operation;
  icon: IconName;
  color?: string;
  reason: boolean;
  decide(key: string, made: Made): Promise<unknown>;
}

const asked = (key: string, { reason, idempotencyKey }: Made) => ({
  path: { key },
  body: { reason },
  headers: { 'Idempotency-Key': idempotencyKey },
});
const bare = (key: string, { idempotencyKey }: Made) => ({
  path: { key },
  headers: { 'Idempotency-Key': idempotencyKey },
});

const ACTIONS: readonly Action[] = [
  {
    name: 'hold',
    in: ['intended', 'approved'],
    needs: 'payoutdecisions.hold',
    icon: 'hold',
    color: 'yellow',
    reason: true,
    decide: (key, made) => payoutdecisionsHold(asked(key, made)),
  },
  {
    name: 'approve',
    in: ['held'],
    needs: 'payoutdecisions.approve',
    icon: 'approve',
    reason: true,
    decide: (key, made) => payoutdecisionsApprove(asked(key, made)),
  },
  {
    name: 'lookUp',
    in: ['held'],
    needs: 'payoutdecisions.lookUp',
    icon: 'search',
    reason: true,
    decide: (key, made) => payoutdecisionsLookUp(asked(key, made)),
  },
  {
    name: 'cancel',
    in: ['held'],
    needs: 'payoutdecisions.cancel',
    icon: 'ban',
    color: 'red.9',
    reason: true,
    decide: (key, made) => payoutdecisionsCancel(asked(key, made)),
  },
  {
    name: 'confirmCancel',
    in: ['held'],
    needs: 'payoutdecisions.confirmCancel',
    icon: 'approve',
    color: 'red.9',
    reason: false,
    decide: (key, made) => payoutdecisionsConfirmCancel(bare(key, made)),
  },
  {
    name: 'reverse',
    in: ['paid', 'settled'],
    needs: 'payoutreversals.reverse',
    icon: 'undo',
    color: 'red.9',
    reason: true,
    decide: (key, made) => payoutreversalsReverse(asked(key, made)),
  },
  {
    name: 'confirmReverse',
    in: ['paid', 'settled'],
    needs: 'payoutreversals.confirmReverse',
    icon: 'approve',
    color: 'red.9',
    reason: false,
    decide: (key, made) => payoutreversalsConfirmReverse(bare(key, made)),
  },
];

export function PayoutActions({ payout }: { payout: PayoutDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  return ACTIONS.filter((action) => action.in.includes(payout.state) && may(action.needs)).map((action) => (
    <Decision
      key={action.name}
      verb={t(`payouts.actions.${action.name}.verb`)}
      icon={action.icon}
      color={action.color}
      quiet
      reason={action.reason}
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
}
