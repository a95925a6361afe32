/**
 * Whether what is shown follows by itself, and as of when it is so.
 */
import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Following } from '../api/following.js';
import { Icon } from './icon.js';
import { AsOf } from './values.js';

/** Says nothing while it is not known yet, and clearly so where the stream has broken. `readAt` as of `AsOf`. */
export function LiveAsOf({ following, readAt }: { following: Following; readAt: number }) {
  const { t } = useTranslation();
  return (
    <span className="live-as-of" data-live={following === 'live'}>
      <span role="status">
        {following === 'live' && (
          <Text size="xs" component="span" className="live-sign nowrap screen">
            <Icon name="dot" size={14} /> {t('common.live')}
          </Text>
        )}
        {following === 'broken' && (
          <Badge
            variant="light"
            color="yellow"
            radius="sm"
            className="state screen"
            title={t('common.notLiveNote')}
            leftSection={<Icon name="refresh" size={14} />}
          >
            {t('common.notLive')}
          </Badge>
        )}
      </span>
      <AsOf readAt={readAt} />
    </span>
  );
}
