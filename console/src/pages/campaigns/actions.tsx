/**
 * What may be done with a campaign in its state, by whom the API lets do it. Launching says to how many it sends: the funnel of the send's own code.
 */
import { Alert, Button, List, Modal, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { queries } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import {
  campaignlifeEnd,
  campaignlifePause,
  campaignlifeResume,
  campaignsApprove,
  campaignsLaunch,
  campaignsValidate,
} from '../../client/sdk.gen.js';
import type { CampaignRecord, CampaignValidation } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Switching } from '../../parts/switching.js';
import { useFunnel } from './audience.js';

export function CampaignActions({ campaign }: { campaign: CampaignRecord }) {
  const { t } = useTranslation();
  const may = useMay();
  const { state, control, key } = campaign;
  const path = { key };
  return (
    <>
      <Button
        component={Link}
        to={`/campaigns/${encodeURIComponent(key)}/edit${may('campaigns.put') ? '' : '?view=compare'}`}
        variant="default"
        leftSection={<Icon name="draft" size={16} />}
      >
        {t(may('campaigns.put') ? 'campaigns.edit' : 'campaigns.version')}
      </Button>
      {state === 'draft' && may('campaigns.validate') && <Validate campaign={key} />}
      {may('campaigns.approve') && <Approve campaign={campaign} />}
      {state === 'approved' && may('campaigns.launch') && <Launch campaign={campaign} />}
      {state === 'launched' && may('campaignlife.pause') && (
        <Switching
          state={control}
          pause={({ reason }) => campaignlifePause({ path, body: { reason } })}
          resume={({ reason, overdue }) => campaignlifeResume({ path, body: { reason, overdue } })}
          stop={({ reason }) => campaignlifeEnd({ path, body: { reason } })}
        />
      )}
    </>
  );
}

function Validate({ campaign }: { campaign: string }) {
  const { t } = useTranslation();
  const judging = useMutation({
    mutationFn: () => campaignsValidate({ path: { key: campaign } }),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <>
      <Button
        leftSection={<Icon name="check" size={16} />}
        loading={judging.isPending}
        onClick={() => judging.mutate()}
      >
        {t('campaigns.validate')}
      </Button>
      <Modal
        opened={judging.isError || judging.data?.valid === false}
        onClose={judging.reset}
        title={t('campaigns.validate')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
        lockScroll={false}
        centered
      >
        {judging.isError && <Failure error={judging.error} />}
        {judging.data && <Faults judged={judging.data} />}
      </Modal>
    </>
  );
}

function Faults({ judged }: { judged: CampaignValidation }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" variant="light" title={t('campaigns.faults', { count: judged.faults.length })}>
      <List size="sm">
        {judged.faults.map(({ pointer, detail }) => (
          <List.Item key={`${pointer} ${detail}`}>
            <strong className="id">{pointer}</strong> {detail}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

const tagOf = ({ revision, contentHash }: CampaignRecord) => `"${revision}.${contentHash}"`;

/** Of what it was opened on, whatever is read meanwhile; where that is something else, it says so and waits to be opened on it. */
function Approve({ campaign }: { campaign: CampaignRecord }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<CampaignRecord | null>(null);
  const funnel = useFunnel(campaign.key, campaign.state === 'validated');
  if (campaign.state !== 'validated' && !opened) return null;
  const seen = opened ?? campaign;
  const { revision, editedBy } = campaign;
  const changed = tagOf(seen) !== tagOf(campaign);
  return (
    <Decision
      verb={t('campaigns.approve')}
      icon="approve"
      onOpen={() => setOpened(campaign)}
      onClose={() => setOpened(null)}
      blocked={changed}
      effect={
        changed ? (
          <Alert color="orange" variant="light" title={t('campaigns.changed')} role="alert">
            {t('campaigns.changedNote', { revision, editedBy })}
          </Alert>
        ) : (
          <>
            <Text>{t('campaigns.approveEffect', { revision, editedBy })}</Text>
            {funnel.data && <Text fw={600}>{t('campaigns.wouldReach', { count: funnel.data.sent })}</Text>}
          </>
        )
      }
      decide={() => campaignsApprove({ path: { key: seen.key }, headers: { 'If-Match': tagOf(seen) } })}
    />
  );
}

function Launch({ campaign }: { campaign: CampaignRecord }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const funnel = useFunnel(campaign.key);
  const count = funnel.data?.sent;
  return (
    <Decision
      verb={count === undefined ? t('campaigns.launch') : t('campaigns.launchTo', { count })}
      icon="send"
      effect={t('campaigns.launchEffect')}
      decide={async ({ idempotencyKey }) => {
        const { run } = await campaignsLaunch({
          path: { key: campaign.key },
          body: {},
          headers: { 'Idempotency-Key': idempotencyKey },
        });
        if (run !== null) await navigate(`/runs/${encodeURIComponent(run)}`);
      }}
    />
  );
}
