/**
 * Payouts by state as bars upon each other: an SVG of our own. Who does not see it reads the table with the same numbers beneath it.
 */
import { useTranslation } from 'react-i18next';
import { countText } from '../../format/count.js';
import { stacked, type Group } from '../../format/report.js';

const WIDTH = 1_000;
const HEIGHT = 240;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 10;
/** Between two names beneath the bars. */
const NAME_PX = 84;

interface ChartProps {
  groups: readonly Group[];
  states: readonly string[];
  name: (state: string) => string;
}

export function Chart({ groups, states, name }: ChartProps) {
  const { t, i18n } = useTranslation();
  const count = (of: number) => countText(of, i18n.language);
  const bars = stacked(groups, states);
  const most = Math.max(1, ...groups.map((group) => group.count));
  const step = (WIDTH - LEFT) / Math.max(1, groups.length);
  const wide = Math.min(step * 0.7, 56);
  const y = (share: number) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  const every = Math.max(1, Math.ceil(NAME_PX / step));
  return (
    <div className="section-body">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="xMidYMid meet"
        className="chart"
        role="img"
        aria-label={t('reports.chart')}
      >
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1={LEFT} x2={WIDTH} y1={y(share)} y2={y(share)} />
            <text x={LEFT - 8} y={y(share) + 4} textAnchor="end">
              {share * most === Math.round(share * most) ? count(share * most) : ''}
            </text>
          </g>
        ))}
        {groups.map((group, n) => {
          const x = LEFT + step * n + (step - wide) / 2;
          return (
            <g key={group.name}>
              {(bars[n] ?? []).map((bar) => (
                <rect
                  key={bar.state}
                  className={`is-${bar.state}`}
                  x={x}
                  y={y(bar.to)}
                  width={wide}
                  height={Math.max(0.5, y(bar.from) - y(bar.to))}
                >
                  <title>{`${group.name} · ${name(bar.state)}: ${count(bar.count)}`}</title>
                </rect>
              ))}
              {n % every === 0 && (
                <text x={x + wide / 2} y={HEIGHT - 6} textAnchor="middle">
                  {group.name.length > 14 ? `${group.name.slice(0, 13)}…` : group.name}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <div className="legend">
        {states.map((state) => (
          <span key={state}>
            <span className={`swatch is-${state}`} />
            {name(state)}
          </span>
        ))}
      </div>
    </div>
  );
}
