/**
 * What a segment is made of: a rule, a list that was uploaded, or a rule over a lake.
 */
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SegmentVersion } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';

export type KindOf = 'rule' | 'upload' | 'lake';

export const kindOf = ({ upload, source }: Pick<SegmentVersion, 'upload' | 'source'>): KindOf =>
  upload !== null ? 'upload' : source === null ? 'rule' : 'lake';

const LOOKS = { rule: ['filter', 'wave'], upload: ['upload', 'grape'], lake: ['inbox', 'teal'] } as const;

export function Kind({ segment }: { segment: Pick<SegmentVersion, 'upload' | 'source'> }) {
  const { t } = useTranslation();
  const kind = kindOf(segment);
  const [icon, color] = LOOKS[kind];
  return (
    <Badge
      variant="light"
      color={color}
      radius="sm"
      className="state"
      data-kind={kind}
      leftSection={<Icon name={icon} size={14} />}
    >
      {kind === 'lake' ? segment.source : t(`segments.kind.${kind}`)}
    </Badge>
  );
}
