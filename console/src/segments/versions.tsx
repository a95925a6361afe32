/**
 * What uses a segment, and all its versions: nothing that was replaced is gone.
 */
import { Anchor, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useList } from '../api/lists.js';
import { segmentsVersions } from '../client/sdk.gen.js';
import type { SegmentRecord, SegmentVersion } from '../client/types.gen.js';
import { Facts, Section } from '../parts/page.js';
import { More, Rows } from '../parts/list.js';
import { Failure } from '../parts/failure.js';
import { Count, Moment } from '../parts/values.js';
import { kindOf, Kind } from './kind.js';
import { toForm } from './rule/form.js';
import { groupWords } from './rule/words.js';
import type { SegmentEditor } from './use-segment.js';
import { useRuleWords } from './use-words.js';

export function UsesSection({ saved: { usedBy } }: { saved: SegmentRecord }) {
  const { t } = useTranslation();
  const none = Object.values(usedBy).every((keys) => keys.length === 0);
  const links = (keys: readonly string[], to: string) =>
    keys.length === 0 ? null : (
      <Group gap="xs">
        {keys.map((key) => (
          <Anchor key={key} component={Link} to={`${to}/${encodeURIComponent(key)}`} className="id" size="sm">
            {key}
          </Anchor>
        ))}
      </Group>
    );
  return (
    <Section title={t('segments.usedBy')} note={none ? undefined : t('segments.usedNote')}>
      {none ? (
        <Text className="section-body" c="dimmed">
          {t('segments.unused')}
        </Text>
      ) : (
        <Facts
          facts={[
            [t('places.campaigns'), links(usedBy.campaigns, '/campaigns')],
            [t('places.segments'), links(usedBy.segments, '/segments')],
            [t('segments.exclusionLists'), usedBy.exclusionLists.length > 0 ? usedBy.exclusionLists.join(', ') : null],
          ]}
        />
      )}
    </Section>
  );
}

interface VersionsProps {
  saved: SegmentRecord;
  editor: SegmentEditor;
  disabled: boolean;
}

export function VersionsSection({ saved, editor, disabled }: VersionsProps) {
  const { t } = useTranslation();
  const words = useRuleWords();
  const list = useList(['segments', saved.key, 'versions', saved.version], (query, signal) =>
    segmentsVersions({ path: { key: saved.key }, query: { ...query, limit: 20 }, signal }),
  );
  const { data = [] } = list;
  const canTake = (one: SegmentVersion) => !disabled && one.version !== saved.version && kindOf(one) !== 'upload';
  return (
    <Section title={t('segments.versions')}>
      {list.isError && <Failure error={list.error} again={() => void list.refetch()} />}
      <Rows
        rows={data}
        keyOf={({ version }) => String(version)}
        label={t('segments.versions')}
        columns={[
          { name: t('segments.no'), right: true, of: ({ version }) => version },
          {
            name: t('segments.what'),
            of: (one) => (
              <>
                <Kind segment={one} />{' '}
                <Text span size="sm">
                  {one.upload ? <Count of={one.upload.matched} /> : groupWords(one.rule, words)}
                </Text>
              </>
            ),
          },
          { name: t('segments.by'), of: ({ createdBy }) => createdBy },
          { name: t('segments.at'), of: ({ createdAt }) => <Moment at={createdAt} /> },
          {
            name: t('segments.take'),
            of: (one) =>
              canTake(one) && (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => editor.change({ form: toForm(one.rule), name: one.name })}
                >
                  {t('segments.takeVersion', { version: one.version })}
                </Button>
              ),
          },
        ]}
      />
      <More {...list} shown={data.length} />
    </Section>
  );
}
