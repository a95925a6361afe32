/**
 * What lets a retry begin: whoever may where one person is enough, another person than who asked for it where not. The button names the count, the
 * dialog all that would be sent and paid.
 */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { usePerson } from '../../api/session.js';
import { retriesApprove, retriesStart } from '../../client/sdk.gen.js';
import type { Retry } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Effect, goingIn, standingOf } from './told.js';

export function Begin({ retry, quiet }: { retry: Retry; quiet?: boolean }) {
  const { t } = useTranslation();
  const { id, roles } = usePerson();
  const standing = standingOf(retry);
  if (standing !== 'planned' && standing !== 'waits') return null;
  if (!retry.roles.some((role) => roles.includes(role))) return null;
  if (standing === 'waits' && retry.askedBy === id)
    return (
      <Text size="sm" c="dimmed" data-waits>
        {t('retries.waitsForAnother')}
      </Text>
    );
  const verb = standing === 'waits' ? 'approve' : 'start';
  const begin = verb === 'approve' ? retriesApprove : retriesStart;
  return (
    <Decision
      verb={t(`retries.${verb}`, { count: goingIn(retry) })}
      icon={verb === 'approve' ? 'approve' : 'play'}
      quiet={quiet ?? false}
      effect={<Effect retry={retry} />}
      decide={({ idempotencyKey }) => begin({ path: { no: retry.no }, headers: { 'Idempotency-Key': idempotencyKey } })}
    />
  );
}
