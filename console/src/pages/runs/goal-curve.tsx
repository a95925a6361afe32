/**
 * When people reached the goal, treated beside held out, from the run's start on: a line for each, and the same numbers as a table.
 */
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/lists.js';
import { goalcurveFind } from '../../client/sdk.gen.js';
import type { GoalCurve as Curve, GoalCurveGroup } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { curveOf, type CurvePoint } from '../../format/curve.js';
import { spanText } from '../../format/time.js';
import { Rows } from '../../parts/list.js';
import { Loaded } from '../../parts/loaded.js';
import { Count } from '../../parts/values.js';
import { Legend, Lines, type Line } from './lines.js';

/** Of many people it is counted when somebody asks for it, with the report that it stands in. */
export function GoalCurve({ run }: { run: string }) {
  const curve = useRead(['runs', run, 'goal-curve'], (signal) => goalcurveFind({ path: { run }, signal }), {
    once: true,
  });
  return <Loaded query={curve}>{(data) => <Groups curve={data} />}</Loaded>;
}

function Groups({ curve: { treated, holdout, widthSeconds } }: { curve: Curve }) {
  const { t, i18n } = useTranslation();
  const line = (name: string, { people, spans }: GoalCurveGroup): Line => ({
    name,
    of: people,
    points: curveOf(
      spans.map(({ fromSeconds, reached }) => ({ fromSeconds, responded: reached, late: 0 })),
      widthSeconds,
    ),
  });
  const groups = [line(t('live.treated'), treated), line(t('live.holdout'), holdout)].filter(({ of }) => of > 0);
  const most = Math.max(...groups.map(({ points }) => points.at(-1)?.seconds ?? 0));
  // both are looked at for as long: whom nobody has joined since stands level
  const lines = groups.map((group) => ({ ...group, points: levelUntil(most, group.points) }));
  if (treated.goal + holdout.goal === 0) return null;
  const span = (seconds: number) => spanText(0, seconds * 1_000, i18n.language);
  const share = ({ points, of }: Line) => shareText(points.at(-1)?.count ?? 0, of, i18n.language);
  return (
    <div className="section-body curve" data-goal-curve={lines.length}>
      <Lines lines={lines} width={widthSeconds} label={t('live.goalChart')} span={span} />
      <Legend lines={lines} told={share} />
      <details>
        <summary>{t('live.table')}</summary>
        <Rows
          rows={lines.flatMap(({ name, of, points }) => points.map((point) => ({ name, of, ...point })))}
          keyOf={({ name, seconds }) => `${name} ${seconds}`}
          label={t('live.goalChart')}
          columns={[
            { name: t('live.group'), of: ({ name }) => name },
            { name: t('live.sinceStart'), right: true, of: ({ seconds }) => span(seconds) },
            { name: t('live.reached'), right: true, of: ({ count }) => <Count of={count} /> },
            { name: t('live.share'), right: true, of: ({ of, count }) => shareText(count, of, i18n.language) },
          ]}
        />
      </details>
    </div>
  );
}

function levelUntil(most: number, points: readonly CurvePoint[]): readonly CurvePoint[] {
  const { seconds, count } = points.at(-1) ?? { seconds: most, count: 0 };
  return seconds < most ? [...points, { seconds: most, count }] : points;
}
