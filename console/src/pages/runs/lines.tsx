/**
 * Shares of people over time as lines in an SVG of our own, with what each of them is.
 */
import '../../styles/books.css';
import '../../styles/live.css';
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { shareText } from '../../format/count.js';
import { lineOf, secondsOfAxis, type CurvePoint } from '../../format/curve.js';

const WIDTH = 1_000;
const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 26;
/** Told apart by their dashes, too. */
const LINES = 6;

export interface Line {
  name: string;
  /** Of so many people. */
  of: number;
  points: readonly CurvePoint[];
}
interface LinesProps {
  lines: readonly Line[];
  /** Seconds of a span. */
  width: number;
  label: string;
  span: (seconds: number) => string;
}

export function Lines({ lines, width, label, span }: LinesProps) {
  const { i18n } = useTranslation();
  // there may be more than it is a share of: of a wave others hear, too
  const shareOf = ({ of, points }: Line, count: number) => count / Math.max(1, of, points.at(-1)?.count ?? 0);
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
      aria-label={label}
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
          key={line.name}
          className={`curve-line is-line-${n % LINES}`}
          points={lineOf(line.points, width)
            .map(({ seconds, count }) => `${x(seconds)},${y(shareOf(line, count))}`)
            .join(' ')}
        >
          <title>{line.name}</title>
        </polyline>
      ))}
    </svg>
  );
}

/** What each line is, beside a piece of it. */
export function Legend({ lines, told }: { lines: readonly Line[]; told: (line: Line) => string }) {
  return (
    <ul className="legend">
      {lines.map((line, n) => (
        <li key={line.name}>
          <svg width="28" height="10" aria-hidden="true">
            <line className={`curve-line is-line-${n % LINES}`} x1="0" x2="28" y1="5" y2="5" />
          </svg>
          {line.name}
          <Text span size="xs" c="dimmed">
            {told(line)}
          </Text>
        </li>
      ))}
    </ul>
  );
}
