/**
 * A segment of an uploaded list: what became of its rows, those that selected nobody as a file, and the next list or a rule in its place.
 */
import { Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { download } from '../api/taking.js';
import { useMay } from '../api/session.js';
import { uploadsRefused } from '../client/sdk.gen.js';
import type { SegmentRecord, SegmentUploaded } from '../client/types.gen.js';
import { Failure } from '../parts/failure.js';
import { Icon } from '../parts/icon.js';
import { Facts, Section } from '../parts/page.js';
import { Count } from '../parts/values.js';
import type { SegmentEditor } from './use-segment.js';

export function UploadCounts({ counts }: { counts: SegmentUploaded['counts'] }) {
  const { t } = useTranslation();
  return (
    <Facts
      facts={(['rows', 'matched', 'duplicates', 'unmatched', 'rejected'] as const).map((name) => [
        t(`segments.uploaded.${name}`),
        <span data-counts={name}>
          <Count of={counts[name]} />
        </span>,
      ])}
    />
  );
}

/** All rows that selected nobody, by line and reason. */
export function RefusedRows({ segment, version }: { segment: string; version: number }) {
  const { t } = useTranslation();
  const may = useMay();
  const taking = useMutation({
    mutationFn: async () => {
      const csv = await uploadsRefused({ path: { key: segment, version }, parseAs: 'blob' });
      download(`refused-${segment}-${version}.csv`, csv as Blob);
    },
  });
  if (!may('uploads.refused')) return null;
  return (
    <>
      <Button
        variant="default"
        size="xs"
        loading={taking.isPending}
        onClick={() => taking.mutate()}
        leftSection={<Icon name="download" size={16} />}
      >
        {t('segments.refusedRows')}
      </Button>
      {taking.isError && <Failure error={taking.error} />}
    </>
  );
}

export function UploadSection({ saved, editor }: { saved: SegmentRecord; editor: SegmentEditor }) {
  const { t } = useTranslation();
  const may = useMay();
  const { key, version, upload } = saved;
  if (!upload) return null;
  const left = upload.duplicates + upload.unmatched + upload.rejected;
  return (
    <Section title={t('segments.list')} note={t('segments.listNote')}>
      <UploadCounts counts={upload} />
      <Group gap="xs" className="section-foot">
        {left > 0 && <RefusedRows segment={key} version={version} />}
        {may('uploads.upload') && (
          <Button
            component={Link}
            to={`/segment-upload?key=${encodeURIComponent(key)}`}
            variant="default"
            size="xs"
            leftSection={<Icon name="upload" size={16} />}
          >
            {t('segments.uploadNext')}
          </Button>
        )}
        {may('segments.put') && (
          <Button
            variant="default"
            size="xs"
            onClick={() =>
              editor.change({
                form: {
                  combinator: 'and',
                  rules: [{ field: 'status', operator: '=', value: { type: 'text', text: 'active' } }],
                },
              })
            }
          >
            {t('segments.toRule')}
          </Button>
        )}
      </Group>
    </Section>
  );
}
