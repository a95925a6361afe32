/**
 * Whether what is shown follows by itself, and as of when it is so.
 */
import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Following } from '../api/following.js';
import { LIVE_MS } from '../api/queries.js';
import { Icon } from './icon.js';
import { AsOf } from './values.js';

interface LiveAsOfProps {
  following: Following;
  /** As of `AsOf`. */
  readAt: number;
  /** How often it is asked for where it is not told, ms. */
  everyMs?: number;
}

/** Says nothing while it is not known yet, and clearly so where the stream has broken. */
export function LiveAsOf({ following, readAt, everyMs = LIVE_MS }: LiveAsOfProps) {
  const { t } = useTranslation();
  const seconds = everyMs / 1_000;
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
            title={t('common.notLiveNote', { seconds })}
            leftSection={<Icon name="refresh" size={14} />}
          >
            {t('common.notLive', { seconds })}
          </Badge>
        )}
      </span>
      <AsOf readAt={readAt} />
    </span>
  );
}
