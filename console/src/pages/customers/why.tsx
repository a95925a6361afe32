/**
 * Why, and why not: what a campaign decided about the customer, stage by stage, and what became of each send. Whoever never entered is judged by
 * today's facts, and it says so.
 */
import { Alert, Badge, Code, NativeSelect, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { PAGE_SIZE, useFilters, useRead } from '../../api/lists.js';
import { useMay } from '../../api/session.js';
import { campaignsList, customerstoryFind } from '../../client/sdk.gen.js';
import type { Why as Answer, TimelineItem } from '../../client/types.gen.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Section } from '../../parts/page.js';
import { Moment } from '../../parts/values.js';

/** Those that the customer has met, newest first, then the others. */
function useCampaigns(met: readonly TimelineItem[]): string[] {
  const may = useMay();
  const all = useRead(['campaigns', 'keys'], (signal) => campaignsList({ query: { limit: PAGE_SIZE }, signal }), {
    enabled: may('campaigns.list'),
  });
  const others = (all.data?.items ?? []).map(({ key }) => key);
  return [...new Set([...met.flatMap(({ campaign }) => campaign ?? []), ...others])];
}

/** Of the campaign in the address, else of the one that the customer met last. `met`: undefined before it is known. */
export function Why({ customer, met }: { customer: string; met: readonly TimelineItem[] | undefined }) {
  const { t } = useTranslation();
  const filters = useFilters();
  const asked = filters.get('campaign');
  const campaign = asked || (met?.find((item) => item.campaign !== null)?.campaign ?? '');
  const keys = useCampaigns(met ?? []);
  // one of many others may not be on the list's first page
  const offered = campaign === '' || keys.includes(campaign) ? keys : [campaign, ...keys];
  const run = filters.get('run');
  const why = useRead(
    ['customers', customer, 'why', campaign, run],
    (signal) =>
      customerstoryFind({ path: { id: customer }, query: { campaign, ...(run === '' ? {} : { run }) }, signal }),
    { enabled: campaign !== '' },
  );
  return (
    <Section
      title={t('why.title')}
      beside={
        <NativeSelect
          aria-label={t('why.campaign')}
          size="xs"
          data={campaign === '' ? [{ value: '', label: t('why.campaign') }, ...offered] : offered}
          value={campaign}
          onChange={(event) => filters.change({ campaign: event.currentTarget.value, run: null })}
        />
      }
    >
      {campaign === '' ? (
        met && <Empty icon="help" title={t('why.none')} />
      ) : (
        <Loaded query={why}>{(answer) => <Told answer={answer} />}</Loaded>
      )}
    </Section>
  );
}

function Told({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  return (
    <>
      {answer.basis === 'today' && (
        <Alert color="yellow" variant="light" radius={0} icon={<Icon name="help" />} title={t('why.today')}>
          {t('why.todayNote')} <Moment at={answer.asOf} />
        </Alert>
      )}
      {answer.expiredAt ? (
        <Text className="section-body">{t('why.expired')}</Text>
      ) : (
        answer.sends.length === 0 && <Text className="section-body">{t('why.noSends')}</Text>
      )}
      {answer.sends.length > 0 && <Sends answer={answer} />}
      <ol className="why">
        {answer.stages.map(({ stage, findings }) => (
          <li key={stage} data-stage={stage}>
            <Text fw={600} size="sm">
              {t(`stages.${stage}`)}
            </Text>
            {findings.length === 0 ? <Text c="dimmed">–</Text> : <Findings findings={findings} />}
          </li>
        ))}
      </ol>
    </>
  );
}

function Sends({ answer: { sends, basis } }: { answer: Answer }) {
  const { t, i18n } = useTranslation();
  const outcome = (name: string) =>
    i18n.exists(`why.outcomes.${name}`) ? t(`why.outcomes.${name}` as 'why.outcomes.queued') : name;
  return (
    <Rows
      rows={sends}
      keyOf={({ node, visit }) => `${node} ${visit}`}
      label={t('why.sends')}
      columns={[
        { name: t('runs.node'), of: ({ node, visit }) => <span className="id">{`${node} ×${visit}`}</span> },
        {
          name: t(basis === 'today' ? 'why.would' : 'why.outcome'),
          of: ({ outcome: name }) => (
            <Badge variant="light" radius="sm" className="state" data-outcome={name}>
              {outcome(name)}
            </Badge>
          ),
        },
        { name: t('common.reason'), of: ({ reason }) => (reason === null ? '–' : <Code>{reason}</Code>) },
      ]}
    />
  );
}

function Findings({ findings }: { findings: Answer['stages'][number]['findings'] }) {
  const { t, i18n } = useTranslation();
  const named = (code: string) =>
    i18n.exists(`why.codes.${code}`) ? t(`why.codes.${code}` as 'why.codes.status') : code;
  return (
    <ul className="findings">
      {findings.map(({ at, code, value, says, node, visit }, n) => (
        <li key={`${n} ${code}`} title={says} data-code={code}>
          <span>
            {named(code)}
            {node !== null && <span className="part id">{`${node} ×${visit ?? 1}`}</span>}
          </span>
          <Value value={value} />
          <Moment at={at} />
        </li>
      ))}
    </ul>
  );
}

/** A moment within a code is in milliseconds since 1970. */
function Value({ value }: { value: string | null }) {
  if (value === null) return <span />;
  const [, word, ms] = /^(until|deferred):(\d+)$/.exec(value) ?? [];
  if (word === undefined) return <Code>{value}</Code>;
  return (
    <span>
      <Code>{word}</Code> <Moment at={new Date(Number(ms)).toISOString()} />
    </span>
  );
}
