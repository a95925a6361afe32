/**
 * The seven stages of a run in their order, each with what it has left behind so far.
 */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunDetail } from '../../client/types.gen.js';
import { sumOf } from '../../format/count.js';
import { allMessages } from '../../format/run.js';
import { Count, Moment } from '../../parts/values.js';

export const STAGES = ['trigger', 'audience', 'eligibility', 'offer', 'ledger', 'response', 'branch'] as const;
type Stage = (typeof STAGES)[number];

export function Stages({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const messages = allMessages(run.nodes);
  const responded = run.nodes.reduce((sum, node) => sum + (node.responded ?? 0), 0);
  const late = run.nodes.reduce((sum, node) => sum + (node.late ?? 0), 0);
  const figures: Record<Stage, [figure: ReactNode, says: ReactNode]> = {
    trigger: [<span className="id">{run.trigger}</span>, <Moment at={run.startedAt} />],
    audience: [<Count of={run.audience} />, <Moment at={run.asOf} />],
    eligibility: [<Count of={messages.suppressed + messages.withheld} />, t('runs.stages.eligibility')],
    offer: [<Count of={messages.accepted} />, t('runs.stages.offer', { count: messages.open })],
    ledger: [
      <Count of={sumOf(run.payouts)} />,
      t('runs.stages.ledger', { count: (run.payouts['paid'] ?? 0) + (run.payouts['settled'] ?? 0) }),
    ],
    response: [<Count of={responded} />, t('runs.stages.response', { count: late })],
    branch: [<Count of={run.participants.active} />, t('runs.stages.branch', { count: run.participants.ended })],
  };
  return (
    <ol className="stages" aria-label={t('runs.sevenStages')}>
      {STAGES.map((stage) => {
        const [figure, says] = figures[stage];
        return (
          <li key={stage} data-stage={stage}>
            <Text size="xs" fw={600} c="dimmed">
              {t(`stages.${stage}`)}
            </Text>
            <Text fz={22} fw={650} lh={1.2} className="figure">
              {figure}
            </Text>
            <Text size="xs" c="dimmed" component="div">
              {says}
            </Text>
          </li>
        );
      })}
    </ol>
  );
}
