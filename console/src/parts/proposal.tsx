/**
 * What somebody has proposed about a payout: another person approves it, anybody who may propose refuses it or takes it back. Either is of what was shown when
 * the dialog was opened, whatever is proposed meanwhile.
 */
import { Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../api/access.js';
import { useMay, usePerson } from '../api/session.js';
import {
  oweditemsConfirmWaive,
  payoutdecisionsConfirmCancel,
  payoutdecisionsConfirmSettle,
  payoutproposalsRefuse,
  payoutreversalsConfirmReverse,
  payoutreversalsConfirmSettle,
} from '../client/sdk.gen.js';
import type { Money, PayoutProposal } from '../client/types.gen.js';
import { Decision } from './decision.js';
import { Amount } from './values.js';

type Kind = PayoutProposal['kind'];
interface Seen {
  path: { key: string };
  headers: { 'If-Match': string; 'Idempotency-Key': string };
}

const APPROVALS: Record<Kind, { needs: Operation; approve: (seen: Seen) => Promise<unknown> }> = {
  cancel: { needs: 'payoutdecisions.confirmCancel', approve: (seen) => payoutdecisionsConfirmCancel(seen) },
  settle: { needs: 'payoutdecisions.confirmSettle', approve: (seen) => payoutdecisionsConfirmSettle(seen) },
  waive: { needs: 'oweditems.confirmWaive', approve: (seen) => oweditemsConfirmWaive(seen) },
  reverse: { needs: 'payoutreversals.confirmReverse', approve: (seen) => payoutreversalsConfirmReverse(seen) },
  settle_reversal: { needs: 'payoutreversals.confirmSettle', approve: (seen) => payoutreversalsConfirmSettle(seen) },
};

type Named =
  'cancel' | 'reverse' | 'waive' | `settle_${'paid' | 'rejected'}` | `settle_reversal_${'reversed' | 'rejected'}`;

/** In the texts below `approvals.proposed`: its kind, and the word of the provider's owner where it is one's. */
export const nameOf = ({ kind, word }: Pick<PayoutProposal, 'kind' | 'word'>): Named =>
  (word === null ? kind : `${kind}_${word}`) as Named;

export function DecideProposal(props: { payout: string; amount: Money; proposed: PayoutProposal }) {
  const { t } = useTranslation();
  const may = useMay();
  const person = usePerson();
  const [opened, setOpened] = useState<PayoutProposal | null>(null);
  const seen = opened ?? props.proposed;
  const { needs, approve } = APPROVALS[seen.kind];
  const asked = (idempotencyKey: string): Seen => ({
    path: { key: props.payout },
    headers: { 'If-Match': seen.tag, 'Idempotency-Key': idempotencyKey },
  });
  const held = { onOpen: () => setOpened(props.proposed), onClose: () => setOpened(null) };
  return (
    <Group gap="xs" wrap="nowrap">
      {may(needs) && seen.by !== person.id && (
        <Decision
          {...held}
          verb={t('approvals.approveProposal')}
          icon="approve"
          color="red.9"
          quiet
          effect={
            <>
              {t(`approvals.proposed.${nameOf(seen)}.effect`)} <Amount money={props.amount} /> <Said of={seen} />
            </>
          }
          decide={({ idempotencyKey }) => approve(asked(idempotencyKey))}
        />
      )}
      {may('payoutproposals.refuse') && (
        <Decision
          {...held}
          verb={t(seen.by === person.id ? 'approvals.takeBack' : 'approvals.refuse')}
          icon="cross"
          color="red.9"
          quiet
          reason
          effect={
            <>
              {t('approvals.proposalRefused')} <Amount money={props.amount} />
            </>
          }
          decide={({ reason, idempotencyKey }) =>
            payoutproposalsRefuse({ ...asked(idempotencyKey), body: { kind: seen.kind, reason } })
          }
        />
      )}
    </Group>
  );
}

/** By whom, why, and what the provider's owner calls it. */
export function Said({ of: { by, reason, reference } }: { of: PayoutProposal }) {
  const { t } = useTranslation();
  return (
    <Text span display="block">
      {t('approvals.proposedBy', { by, reason })} {reference && <span className="id">{reference}</span>}
    </Text>
  );
}
