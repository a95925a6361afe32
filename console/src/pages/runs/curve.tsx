/**
 * When people responded after their wave was sent: a line for each wave, and the same numbers as a table.
 */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { responsecurveFind } from '../../client/sdk.gen.js';
import type { ResponseCurve } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { curveOf, timeOfShare } from '../../format/curve.js';
import { spanText } from '../../format/time.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Section } from '../../parts/page.js';
import { Count } from '../../parts/values.js';
import { Legend, Lines, type Line } from './lines.js';

type Wave = ResponseCurve['waves'][number];
interface WaveLine extends Line {
  wave: Wave;
}

/** `moves`: it is asked for again. */
export function Curve({ run, moves }: { run: string; moves: boolean }) {
  const { t } = useTranslation();
  const curve = useRead(
    ['runs', run, 'response-curve'],
    (signal) => responsecurveFind({ path: { run }, signal }),
    moves ? { everyMs: CALM_MS } : {},
  );
  return (
    <Section title={t('live.curve')} note={t('live.curveNote')}>
      <Loaded query={curve}>{(data) => <Curves curve={data} />}</Loaded>
    </Section>
  );
}

function Curves({ curve }: { curve: ResponseCurve }) {
  const { t, i18n } = useTranslation();
  const lines = curve.waves
    .filter(({ spans }) => spans.length > 0)
    .map((wave): WaveLine => {
      const points = curveOf(wave.spans, curve.widthSeconds);
      return { wave, name: t('live.waveNamed', { wave: wave.wave, node: wave.node }), of: wave.sent, points };
    });
  const unplaced = curve.unplaced > 0 && (
    <Text size="sm" c="dimmed">
      {t('live.unplaced', { count: curve.unplaced })}
    </Text>
  );
  if (lines.length === 0)
    return (
      <div className="section-body">
        <Text c="dimmed">{t('live.noResponses')}</Text>
        {unplaced}
      </div>
    );
  const span = (seconds: number | null) => spanText(0, (seconds ?? 0) * 1_000, i18n.language);
  return (
    <div className="section-body curve" data-response-curve={lines.length}>
      <Lines lines={lines} width={curve.widthSeconds} label={t('live.curveChart')} span={span} />
      <Legend
        lines={lines}
        told={({ points }) =>
          t('live.half', { span: span(timeOfShare(points, 0.5)), most: span(timeOfShare(points, 0.9)) })
        }
      />
      {unplaced}
      <details>
        <summary>{t('live.table')}</summary>
        <Rows
          rows={lines.flatMap(({ wave, points }) => points.map((point) => ({ wave, ...point })))}
          keyOf={({ wave, seconds }) => `${wave.wave} ${seconds}`}
          label={t('live.curve')}
          columns={[
            { name: t('live.wave'), right: true, of: ({ wave }) => wave.wave },
            { name: t('live.since'), right: true, of: ({ seconds }) => span(seconds) },
            { name: t('live.responded'), right: true, of: ({ count }) => <Count of={count} /> },
            {
              name: t('live.share'),
              right: true,
              of: ({ wave, count }) => shareText(count, wave.sent, i18n.language),
            },
          ]}
        />
      </details>
    </div>
  );
}
