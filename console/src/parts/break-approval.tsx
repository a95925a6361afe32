/**
 * The approval of what is proposed about a break of a settlement, just as it was shown when the dialog was opened, whatever is proposed meanwhile.
 */
import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { settlementbreaksApprove } from '../client/sdk.gen.js';
import type { SettlementBreak } from '../client/types.gen.js';
import { Decision } from './decision.js';
import { Amount } from './values.js';

type Proposed = NonNullable<SettlementBreak['proposed']>;
interface ApprovalProps {
  of: Pick<SettlementBreak, 'id' | 'difference' | 'currency'>;
  proposed: Proposed;
  verb: string;
  quiet?: boolean;
}

export function BreakApproval({ of: { id, difference, currency }, proposed, verb, quiet = false }: ApprovalProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<Proposed | null>(null);
  const { resolution, by, reason, tag } = opened ?? proposed;
  return (
    <Decision
      verb={verb}
      icon="approve"
      quiet={quiet}
      onOpen={() => setOpened(proposed)}
      onClose={() => setOpened(null)}
      effect={
        <>
          {t(`approvals.resolutionEffects.${resolution}`)}{' '}
          {difference !== null && currency !== null && <Amount money={{ value: difference, currency }} />}
          <Text span display="block">
            {t('approvals.proposedBy', { by, reason })}
          </Text>
        </>
      }
      decide={({ idempotencyKey }) =>
        settlementbreaksApprove({ path: { id }, headers: { 'If-Match': tag, 'Idempotency-Key': idempotencyKey } })
      }
    />
  );
}
