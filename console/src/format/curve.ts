/**
 * Responses since a wave was sent, as the share of whom it was sent to that had responded by then. Pure.
 */
interface Span {
  fromSeconds: number;
  responded: number;
  late: number;
}

export interface CurvePoint {
  /** Since the wave was sent. */
  seconds: number;
  /** So many so far, late ones too. */
  count: number;
}

/** From nothing at 0 on, one point at the end of each span in which somebody responded. */
export function curveOf(spans: readonly Span[], widthSeconds: number): CurvePoint[] {
  let count = 0;
  const points = spans.map(({ fromSeconds, responded, late }) => {
    count += responded + late;
    return { seconds: fromSeconds + widthSeconds, count };
  });
  return [{ seconds: 0, count: 0 }, ...points];
}

/** To be drawn by straight lines: level through spans in which nobody responded. */
export function lineOf(points: readonly CurvePoint[], widthSeconds: number): CurvePoint[] {
  return points.flatMap((point, n) => {
    const before = points[n - 1];
    const from = point.seconds - widthSeconds;
    return before && before.seconds < from ? [{ seconds: from, count: before.count }, point] : [point];
  });
}

/** The first moment by which at least this share of all that came had come; null where none came. */
export function timeOfShare(points: readonly CurvePoint[], share: number): number | null {
  const all = points.at(-1)?.count ?? 0;
  return all === 0 ? null : (points.find(({ count }) => count >= all * share)?.seconds ?? null);
}

/** Three to six round places for an axis from 0 to `most` seconds, in a unit that a person reads. */
export function secondsOfAxis(most: number): number[] {
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
  const step = STEPS.find((one) => most / one <= 6) ?? 86_400 * Math.ceil(most / 6 / 86_400);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
}
