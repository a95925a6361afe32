/**
 * Whom the first pass would send to, and why not to the others: the steps of the send's own code, with nothing sent. Each step leads to some of those
 * whom it is about, and each of them to their why.
 */
import { Anchor, Button, Group, Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters } from '../../api/lists.js';
import { useMay } from '../../api/session.js';
import { funnelFunnel, funnelSample } from '../../client/sdk.gen.js';
import type { CampaignFunnel, CampaignRecord } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Section } from '../../parts/page.js';
import { Count, Moment } from '../../parts/values.js';

/** It decides for everybody in the segment: asked once, and again by hand. */
export function useFunnel(key: string, enabled = true) {
  const may = useMay();
  return useQuery({
    queryKey: ['funnel', key],
    queryFn: ({ signal }) => funnelFunnel({ path: { key }, body: {}, signal }),
    enabled: enabled && may('funnel.funnel'),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export function Audience({ campaign: { key, state } }: { campaign: CampaignRecord }) {
  const { t } = useTranslation();
  const may = useMay();
  const filters = useFilters();
  const [asked, setAsked] = useState(state === 'validated' || state === 'approved' || filters.get('step') !== '');
  if (!may('funnel.funnel')) return null;
  return (
    <Section title={t('campaigns.who')}>
      <div className="section-body">
        {asked ? (
          <AskedFunnel campaign={key} />
        ) : (
          <Button variant="default" onClick={() => setAsked(true)} leftSection={<Icon name="search" size={16} />}>
            {t('campaigns.count')}
          </Button>
        )}
      </div>
    </Section>
  );
}

/** The step whose customers are shown is in the address. */
export function AskedFunnel({ campaign }: { campaign: string }) {
  const { t } = useTranslation();
  const funnel = useFunnel(campaign);
  if (funnel.isError) return <Failure error={funnel.error} again={() => void funnel.refetch()} />;
  if (!funnel.data) return <Text c="dimmed">{t('campaigns.counting')}</Text>;
  return (
    <>
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed">
          {t('segments.asOf')} <Moment at={funnel.data.asOf} />
        </Text>
        <Button size="compact-xs" variant="subtle" loading={funnel.isFetching} onClick={() => void funnel.refetch()}>
          {t('segments.countAgain')}
        </Button>
      </Group>
      <Funnel campaign={campaign} funnel={funnel.data} />
    </>
  );
}

function Funnel({ campaign, funnel }: { campaign: string; funnel: CampaignFunnel }) {
  const { t, i18n } = useTranslation();
  const named = (reason: string) =>
    i18n.exists(`segments.reasons.${reason}`) ? t(`segments.reasons.${reason}` as 'segments.reasons.capped') : reason;
  const shared = { campaign, at: funnel.asOf, of: funnel.matched };
  return (
    <ol className="funnel">
      <Step {...shared} step="matched" name={t('campaigns.matched')} left={funnel.matched} about={funnel.matched} />
      {funnel.steps.map(({ stage, reason, stopped, left }) => (
        <Step
          key={`${stage} ${reason}`}
          {...shared}
          step={reason}
          name={named(reason)}
          stage={t(`stages.${stage === 'journey' ? 'branch' : stage}`)}
          stopped={stopped}
          left={left}
          about={stopped}
        />
      ))}
      <Step {...shared} step="sent" name={t('campaigns.reached')} left={funnel.sent} about={funnel.sent} />
    </ol>
  );
}

interface StepProps {
  campaign: string;
  at: string;
  step: string;
  name: string;
  stage?: string;
  stopped?: number;
  left: number;
  of: number;
  /** How many the step is about. */
  about: number;
}

function Step(props: StepProps) {
  const { step, name, stage, stopped, left, of, about } = props;
  const { t, i18n } = useTranslation();
  const may = useMay();
  const filters = useFilters();
  const share = of === 0 ? 0 : (left / of) * 100;
  const isOpen = filters.get('step') === step;
  return (
    <li data-step={step} data-about={about}>
      <span>
        {stage && (
          <Text span size="xs" c="dimmed">
            {stage} ·{' '}
          </Text>
        )}
        {may('funnel.sample') && about > 0 ? (
          <Anchor
            component="button"
            type="button"
            inherit
            ta="start"
            aria-expanded={isOpen}
            title={t('segments.stepOpen')}
            onClick={() => filters.set('step', isOpen ? null : step)}
          >
            {name}
          </Anchor>
        ) : (
          name
        )}
      </span>
      <Progress value={share} size="sm" aria-label={name} />
      <span className="right">
        {stopped !== undefined && (
          <Text span size="sm" c="dimmed">
            −<Count of={stopped} />{' '}
          </Text>
        )}
        <strong>
          <Count of={left} />
        </strong>{' '}
        <Text span size="xs" c="dimmed">
          {shareText(left, of, i18n.language)}
        </Text>
      </span>
      {isOpen && about > 0 && may('funnel.sample') && <Sampled {...props} />}
    </li>
  );
}

/** As of the funnel's own moment, so that they are those who were counted. */
function Sampled({ campaign, at, step, about }: StepProps) {
  const { t } = useTranslation();
  const sample = useQuery({
    queryKey: ['funnel-sample', campaign, step, at],
    queryFn: ({ signal }) => funnelSample({ path: { key: campaign }, body: { step, at, size: 20 }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (sample.isError) return <Failure error={sample.error} again={() => void sample.refetch()} />;
  const { customers = [] } = sample.data ?? {};
  return (
    <div className="funnel-sample" aria-busy={sample.isPending} data-sampled={sample.data && customers.length}>
      <Text size="xs" c="dimmed">
        {t('segments.stepSample', { count: customers.length, all: about })}
      </Text>
      <Group gap="xs">
        {customers.map((id) => (
          <Anchor
            key={id}
            component={Link}
            to={`/customers/${encodeURIComponent(id)}?campaign=${encodeURIComponent(campaign)}`}
            size="sm"
            className="id"
          >
            {id}
          </Anchor>
        ))}
      </Group>
    </div>
  );
}
