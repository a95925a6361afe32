/**
 * Retries that are too large for one person: another one than who asked for them lets them begin.
 */
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import type { Live } from '../../api/live.js';
import { retriesList } from '../../client/sdk.gen.js';
import type { Retry } from '../../client/types.gen.js';
import { Section } from '../../parts/page.js';
import { queueOf, type Queue } from '../approvals/queue.js';
import { Begin } from './begin.js';
import { RetryRows } from './rows.js';
import { goingIn } from './told.js';

export function useRetriesWaiting({ polled }: Pick<Live, 'polled'>): Queue<Retry> {
  const waiting = useRead(
    ['retries', 'waiting'],
    (signal) => retriesList({ query: { state: 'planned', needsApproval: 'true', limit: 200 }, signal }),
    polled,
  );
  const items = (waiting.data?.items ?? []).filter((retry) => goingIn(retry) > 0);
  return queueOf('retries', [waiting], items);
}

export function RetriesWaiting({ items }: { items: readonly Retry[] }) {
  const { t } = useTranslation();
  return (
    <Section title={t('retries.waiting')} note={t('retries.waitingNote')}>
      <RetryRows retries={items} label={t('retries.waiting')} decide={(retry) => <Begin retry={retry} quiet />} />
    </Section>
  );
}
