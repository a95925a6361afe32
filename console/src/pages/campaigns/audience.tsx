/**
 * Whom the first pass would send to, and why not to the others: the steps of the send's own code, with nothing sent.
 */
import { Button, Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.js';
import { funnelFunnel } from '../../client/sdk.gen.js';
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
  const [asked, setAsked] = useState(state === 'validated' || state === 'approved');
  const funnel = useFunnel(key, asked);
  if (!may('funnel.funnel')) return null;
  return (
    <Section title={t('campaigns.who')} beside={funnel.data && <Moment at={funnel.data.asOf} />}>
      <div className="section-body">
        {!asked && (
          <Button variant="default" onClick={() => setAsked(true)} leftSection={<Icon name="search" size={16} />}>
            {t('campaigns.count')}
          </Button>
        )}
        {asked && funnel.isPending && <Text c="dimmed">{t('campaigns.counting')}</Text>}
        {funnel.isError && <Failure error={funnel.error} again={() => void funnel.refetch()} />}
        {funnel.data && <Funnel funnel={funnel.data} />}
      </div>
    </Section>
  );
}

function Funnel({ funnel }: { funnel: CampaignFunnel }) {
  const { t } = useTranslation();
  return (
    <ol className="funnel">
      <Step name={t('campaigns.matched')} left={funnel.matched} of={funnel.matched} />
      {funnel.steps.map(({ stage, reason, stopped, left }) => (
        <Step
          key={`${stage} ${reason}`}
          name={reason}
          stage={t(`stages.${stage === 'journey' ? 'branch' : stage}`)}
          stopped={stopped}
          left={left}
          of={funnel.matched}
        />
      ))}
      <Step name={t('campaigns.reached')} left={funnel.sent} of={funnel.matched} />
    </ol>
  );
}

function Step(props: { name: string; stage?: string; stopped?: number; left: number; of: number }) {
  const { i18n } = useTranslation();
  const share = props.of === 0 ? 0 : (props.left / props.of) * 100;
  return (
    <li>
      <span>
        {props.stage && (
          <Text span size="xs" c="dimmed">
            {props.stage} ·{' '}
          </Text>
        )}
        {props.name}
      </span>
      <Progress value={share} size="sm" aria-label={props.name} />
      <span className="right">
        {props.stopped !== undefined && (
          <Text span size="sm" c="dimmed">
            −<Count of={props.stopped} />{' '}
          </Text>
        )}
        <strong>
          <Count of={props.left} />
        </strong>{' '}
        <Text span size="xs" c="dimmed">
          {shareText(props.left, props.of, i18n.language)}
        </Text>
      </span>
    </li>
  );
}
