/**
 * What went wrong, in the reader's language where the kind is known, with every field that is named and what the API says of it.
 */
import { Alert, Button, List } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CallFailed, placeOf } from '../api/problem.js';
import { Icon } from './icon.js';

export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const { t, i18n } = useTranslation();
  const failed = error instanceof CallFailed ? error : new CallFailed(500, null);
  const known = i18n.exists(`problems.${failed.kind}`);
  const title = known
    ? t(`problems.${failed.kind}` as 'problems.internal')
    : (failed.problem?.title ?? t('problems.internal'));
  return (
    <Alert color="red" variant="light" icon={<Icon name="alert" />} title={title} role="alert">
      {failed.problem?.detail && <div>{failed.problem.detail}</div>}
      {failed.faults.length > 0 && (
        <List size="sm" mt="xs">
          {failed.faults.map((fault) => (
            <List.Item key={`${placeOf(fault)} ${fault.detail}`}>
              <strong>{placeOf(fault)}</strong> {fault.detail}
            </List.Item>
          ))}
        </List>
      )}
      {again && (
        <Button size="xs" variant="default" mt="sm" onClick={again} leftSection={<Icon name="refresh" size={16} />}>
          {t('common.tryAgain')}
        </Button>
      )}
    </Alert>
  );
}
