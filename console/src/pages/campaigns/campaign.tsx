/**
 * One campaign: why it is made, whom it reaches, its journey, its runs and starts; validated, approved by another, launched, paused, ended.
 */
import { Anchor, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { useLive, type Live } from '../../api/live.js';
import { campaignsFind, campaignstartsList, runsList } from '../../client/sdk.gen.js';
import type { CampaignRecord } from '../../client/types.gen.js';
import { Rows } from '../../parts/list.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Facts, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Count, Moment } from '../../parts/values.js';
import { CampaignActions } from './actions.js';
import { Audience } from './audience.js';
import { JourneyOutline } from './journey.js';

/** What is asked again with the page's topics. */
interface Followed {
  campaign: string;
  polled: Live['polled'];
}

export function Component() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const live = useLive(['campaigns', 'runs']);
  const campaign = useRead(['campaigns', key], (signal) => campaignsFind({ path: { key }, signal }), live.polled);
  const { data } = campaign;
  return (
    <Page
      title={data?.name ?? key}
      up={{ to: '/campaigns', label: t('places.campaigns') }}
      beside={
        data && (
          <>
            <State kind="campaign" state={data.state} />
            {data.control !== 'running' && <State kind="control" state={data.control} />}
            <LiveAsOf following={live.following} readAt={live.asOf('campaigns', campaign)} />
          </>
        )
      }
      actions={data && <CampaignActions campaign={data} />}
    >
      <Loaded query={campaign}>
        {(data) => (
          <div className="columns">
            <Stack gap="md">
              <Why campaign={data} />
              <Section title={t('campaigns.journey')}>
                <JourneyOutline journey={data.draft.journey} />
              </Section>
            </Stack>
            <Stack gap="md">
              <Audience campaign={data} />
              <Runs campaign={key} polled={live.polled} />
              <Starts campaign={key} polled={live.polled} />
            </Stack>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Why({ campaign: { draft, ...campaign } }: { campaign: CampaignRecord }) {
  const { t } = useTranslation();
  return (
    <Section title={t('campaigns.why')}>
      {draft.hypothesis && <Text className="section-body">{draft.hypothesis}</Text>}
      <Facts
        facts={[
          [t('campaigns.key'), <span className="id">{campaign.key}</span>],
          [t('campaigns.purpose'), t(`campaigns.purposes.${draft.purpose}`)],
          [t('campaigns.product'), draft.product],
          [t('campaigns.goal'), draft.goal && `${draft.goal.event} · ${draft.goal.window}`],
          [t('campaigns.kpi'), draft.kpiTarget],
          [
            t('campaigns.segment'),
            draft.segment && (
              <Anchor component={Link} to={`/segments/${encodeURIComponent(draft.segment)}`} className="id" inherit>
                {draft.segment}
              </Anchor>
            ),
          ],
          [t('campaigns.version'), campaign.version],
          [t('campaigns.revision'), campaign.revision],
          [t('campaigns.editedBy'), campaign.editedBy],
          [t('campaigns.approvedBy'), campaign.approvedBy],
          [t('campaigns.updatedAt'), <Moment at={campaign.updatedAt} />],
        ]}
      />
    </Section>
  );
}

function Runs({ campaign, polled }: Followed) {
  const { t } = useTranslation();
  const runs = useRead(
    ['runs', 'of', campaign],
    (signal) => runsList({ query: { campaign, limit: 50 }, signal }),
    polled,
  );
  return (
    <Section title={t('places.runs')}>
      <Loaded query={runs}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="play" title={t('campaigns.noRuns')} />
          ) : (
            <Rows
              rows={items}
              keyOf={({ id }) => id}
              label={t('places.runs')}
              columns={[
                {
                  name: t('runs.run'),
                  of: ({ id }) => (
                    <Anchor component={Link} to={`/runs/${encodeURIComponent(id)}`} className="id" inherit>
                      {id}
                    </Anchor>
                  ),
                },
                { name: t('common.state'), of: ({ state }) => <State kind="run" state={state} /> },
                { name: t('campaigns.version'), right: true, of: ({ version }) => version },
                { name: t('runs.audience'), right: true, of: ({ audience }) => <Count of={audience} /> },
                { name: t('runs.startedAt'), of: ({ startedAt }) => <Moment at={startedAt} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

function Starts({ campaign, polled }: Followed) {
  const { t } = useTranslation();
  const starts = useRead(
    ['runs', 'starts', campaign],
    (signal) => campaignstartsList({ path: { key: campaign }, query: { limit: 20 }, signal }),
    polled,
  );
  if (!starts.data || (starts.data.items.length === 0 && starts.data.nextStart === null)) return null;
  return (
    <Section title={t('campaigns.starts')}>
      <Facts facts={[[t('campaigns.nextStart'), <Moment at={starts.data.nextStart} />]]} />
      <Rows
        rows={starts.data.items}
        keyOf={({ slotAt, trigger }) => `${slotAt} ${trigger}`}
        label={t('campaigns.starts')}
        columns={[
          { name: t('campaigns.slot'), of: ({ slotAt }) => <Moment at={slotAt} /> },
          {
            name: t('common.state'),
            of: ({ skipped, run }) =>
              skipped === null ? (
                <Anchor component={Link} to={`/runs/${encodeURIComponent(run ?? '')}`} className="id" inherit>
                  {run}
                </Anchor>
              ) : (
                t(`campaigns.skipped.${skipped}`)
              ),
          },
        ]}
      />
    </Section>
  );
}
