/**
 * Beside a segment's rule: how many it selects and some of them, and whom a campaign would reach of them, step by step.
 */
import { Alert, Anchor, Button, Group, List, NativeSelect, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters } from '../api/lists.js';
import { useMay } from '../api/session.js';
import { segmentsSampleInline, segmentsSampleStored } from '../client/sdk.gen.js';
import type { SegmentRecord, SegmentSample } from '../client/types.gen.js';
import { Failure } from '../parts/failure.js';
import { Icon } from '../parts/icon.js';
import { Section } from '../parts/page.js';
import { Count, Moment } from '../parts/values.js';
import { AskedFunnel } from '../pages/campaigns/audience.js';
import { idOf } from './context.js';
import { placed } from './rule/faults.js';
import type { Counted } from './use-count.js';
import type { SegmentEditor } from './use-segment.js';

interface CountProps {
  editor: SegmentEditor;
  counted: Counted;
  /** The key of the segment where it is asked as it is kept. */
  stored: string | null;
}

export function CountSection({ editor, counted, stored }: CountProps) {
  const { t } = useTranslation();
  const { count, asOf, counting, faults, failure } = counted;
  return (
    <Section title={t('segments.count')} beside={asOf && !counting && <Moment at={asOf} />}>
      <div
        className="section-body segment-count"
        data-count={counting ? '' : (count ?? '')}
        aria-live="polite"
        aria-busy={counting}
      >
        {count !== null && faults.length === 0 && (
          <Text component="div" className="count" data-counting={counting}>
            <Count of={count} /> <span className="count-unit">{t('segments.people', { count })}</span>
          </Text>
        )}
        {counting && (
          <Text size="sm" c="dimmed">
            {t('segments.counting')}
          </Text>
        )}
        {!counting && failure !== null && failure !== undefined && <Failure error={failure} again={counted.again} />}
        {faults.length > 0 && <Faults editor={editor} counted={counted} />}
      </div>
      {!counting && count !== null && faults.length === 0 && <Sample key={`${asOf}`} editor={editor} stored={stored} />}
    </Section>
  );
}

const NAMED = ['field', 'operator', 'value', 'event', 'property', 'window', 'within'] as const;

/** Each leads to its place. */
function Faults({ editor, counted: { faults } }: { editor: SegmentEditor; counted: Counted }) {
  const { t } = useTranslation();
  const shown = [...placed(editor.form, faults)];
  /** Such as `2.1 · Event`. */
  const placeWords = (pointer: string) => {
    const steps = pointer.split('/').slice(1);
    const numbers = steps.filter((step) => /^\d+$/.test(step)).map((step) => Number(step) + 1);
    const field = NAMED.find((name) => name === steps.at(-1));
    return [numbers.join('.'), field && t(`segments.${field}`)].filter(Boolean).join(' · ');
  };
  const go = (pointer: string) => {
    const place = pointer.split('/').slice(1);
    const within = document.querySelector<HTMLElement>(`[data-wrong="${CSS.escape(pointer)}"]`)?.parentElement;
    const field = document.getElementById(idOf(place, 'text')) ?? document.getElementById(idOf(place, 'field'));
    (field ?? within?.querySelector<HTMLElement>('input, select, button'))?.focus();
  };
  return (
    <Alert
      color="red"
      variant="light"
      icon={<Icon name="alert" />}
      title={t('segments.faults', { count: faults.length })}
      data-faulty={faults.length}
    >
      <List size="sm">
        {shown.map(([pointer, details]) => (
          <List.Item key={pointer}>
            <button type="button" className="fault-link" onClick={() => go(pointer)}>
              <strong>{placeWords(pointer)}</strong> {details.join('; ')}
            </button>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Sample({ editor: { rule, source }, stored }: { editor: SegmentEditor; stored: string | null }) {
  const { t } = useTranslation();
  const may = useMay();
  const asking = useMutation({
    mutationFn: (): Promise<SegmentSample> =>
      stored === null
        ? segmentsSampleInline({ body: { rule, source, size: 20 } })
        : segmentsSampleStored({ path: { key: stored }, body: { size: 20 } }),
  });
  if (!may('segments.sampleInline')) return null;
  return (
    <div className="section-foot">
      {!asking.data && (
        <Button size="xs" variant="default" loading={asking.isPending} onClick={() => asking.mutate()}>
          {t('segments.sample')}
        </Button>
      )}
      {asking.isError && <Failure error={asking.error} />}
      {asking.data && (
        <>
          <Text size="xs" c="dimmed" mb={4}>
            {t('segments.sampleNote')}
          </Text>
          <Group gap="xs" data-sample={asking.data.customers.length}>
            {asking.data.customers.map(({ id }) => (
              <Anchor key={id} component={Link} to={`/customers/${encodeURIComponent(id)}`} size="sm" className="id">
                {id}
              </Anchor>
            ))}
          </Group>
          {asking.data.unmatched > 0 && (
            <Text size="xs" c="dimmed">
              {t('segments.unmatchedSample', { count: asking.data.unmatched })}
            </Text>
          )}
        </>
      )}
    </div>
  );
}

/** The funnel of a campaign that names the segment as its audience, a label or a branch. */
export function ReachSection({ saved, dirty }: { saved: SegmentRecord; dirty: boolean }) {
  const { t } = useTranslation();
  const may = useMay();
  const filters = useFilters();
  const [asked, setAsked] = useState<string | null>(null);
  const { campaigns } = saved.usedBy;
  const chosen = filters.get('campaign') || (campaigns[0] ?? '');
  if (!may('funnel.funnel') || campaigns.length === 0) return null;
  const offered = campaigns.includes(chosen) ? campaigns : [chosen, ...campaigns];
  return (
    <Section title={t('segments.reach')} note={dirty ? t('segments.reachSaved') : undefined}>
      <Group gap="sm" align="flex-end" className="section-body">
        <NativeSelect
          label={t('segments.campaign')}
          size="xs"
          data={offered}
          value={chosen}
          onChange={({ currentTarget }) => filters.change({ campaign: currentTarget.value, step: null })}
        />
        {asked !== chosen && (
          <Button size="xs" variant="default" onClick={() => setAsked(chosen)}>
            {t('segments.reachCount')}
          </Button>
        )}
      </Group>
      {asked === chosen && (
        <div className="section-body">
          <AskedFunnel key={chosen} campaign={chosen} />
        </div>
      )}
    </Section>
  );
}
