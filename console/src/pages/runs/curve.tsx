/**
 * When people responded after their wave was sent: a line for each wave in an SVG of our own, and the same numbers as a table.
 */
import '../../styles/books.css';
import '../../styles/live.css';
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { responsecurveFind } from '../../client/sdk.gen.js';
import type { ResponseCurve } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { curveOf, lineOf, secondsOfAxis, timeOfShare, type CurvePoint } from '../../format/curve.js';
import { spanText } from '../../format/time.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Section } from '../../parts/page.js';
import { Count } from '../../parts/values.js';

const WIDTH = 1_000;
const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 26;
/** Told apart by their dashes, too. */
const LINES = 6;

type Wave = ResponseCurve['waves'][number];
interface Line {
  wave: Wave;
  points: CurvePoint[];
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
    .map((wave): Line => ({ wave, points: curveOf(wave.spans, curve.widthSeconds) }));
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
    <div className="section-body curve">
      <Lines lines={lines} width={curve.widthSeconds} span={span} />
      <ul className="legend">
        {lines.map(({ wave, points }, n) => (
          <li key={wave.wave}>
            <svg width="28" height="10" aria-hidden="true">
              <line className={`curve-line is-line-${n % LINES}`} x1="0" x2="28" y1="5" y2="5" />
            </svg>
            {t('live.waveNamed', { wave: wave.wave, node: wave.node })}
            <Text span size="xs" c="dimmed">
              {t('live.half', { span: span(timeOfShare(points, 0.5)), most: span(timeOfShare(points, 0.9)) })}
            </Text>
          </li>
        ))}
      </ul>
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

interface LinesProps {
  lines: readonly Line[];
  /** Seconds of a span. */
  width: number;
  span: (seconds: number) => string;
}

function Lines({ lines, width, span }: LinesProps) {
  const { t, i18n } = useTranslation();
  // more may have responded than were sent to: others hear of it, too
  const shareOf = ({ wave, points }: Line, count: number) => count / Math.max(1, wave.sent, points.at(-1)?.count ?? 0);
  const top = Math.max(...lines.map((line) => shareOf(line, line.points.at(-1)?.count ?? 0)));
  const most = Math.max(...lines.map(({ points }) => points.at(-1)?.seconds ?? 0));
  const x = (seconds: number) => LEFT + (seconds / most) * (WIDTH - LEFT - RIGHT);
  const y = (share: number) => TOP + (1 - share / top) * (HEIGHT - TOP - BOTTOM);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="xMidYMid meet"
      className="chart"
      role="img"
      aria-label={t('live.curveChart')}
    >
      {[0, 0.5, 1].map((part) => (
        <g key={part}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(part * top)} y2={y(part * top)} />
          <text x={LEFT - 8} y={y(part * top) + 4} textAnchor="end">
            {shareText(part * top, 1, i18n.language)}
          </text>
        </g>
      ))}
      {secondsOfAxis(most).map((seconds) => (
        <text key={seconds} x={x(seconds)} y={HEIGHT - 6} textAnchor="middle">
          {seconds === 0 ? '0' : span(seconds)}
        </text>
      ))}
      {lines.map((line, n) => (
        <polyline
          key={line.wave.wave}
          className={`curve-line is-line-${n % LINES}`}
          points={lineOf(line.points, width)
            .map(({ seconds, count }) => `${x(seconds)},${y(shareOf(line, count))}`)
            .join(' ')}
        >
          <title>{t('live.waveNamed', { wave: line.wave.wave, node: line.wave.node })}</title>
        </polyline>
      ))}
    </svg>
  );
}
