/**
 * When people reached the goal, treated beside held out: what the campaign has moved, and when.
 */
import { Controller, Get, Param } from '@nestjs/common';
import { z } from 'zod';
import { GoalCurveStore } from '../../storage/goal-curve.store.js';
import { SPANS_MAX } from '../../storage/response-curve.store.js';
import { Endpoint } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { sectionOf } from './report-cells.js';
import { READERS } from './runs.dto.js';

const groupSchema = z
  .object({
    people: z.int(),
    goal: z.int(),
    spans: z
      .array(z.object({ fromSeconds: z.int(), reached: z.int() }))
      .describe('those in which somebody reached it first, in order; each as wide as all are'),
  })
  .meta({ id: 'GoalCurveGroup' });
const curveSchema = z
  .object({
    run: z.string(),
    event: z.string().nullable().describe('the goal; null: the campaign has none, and nobody is told'),
    widthSeconds: z.int().describe('of every span'),
    treated: groupSchema.describe('everybody but the holdout, sent to or not'),
    holdout: groupSchema,
    expiredAt: z.iso.datetime().nullable().describe('from then on nobody is told'),
  })
  .meta({ id: 'GoalCurve' });

@Controller('v1/runs')
export class GoalCurveController {
  constructor(private readonly curves: GoalCurveStore) {}

  @Get(':run/goal-curve')
  @Endpoint({
    summary: `Who reached the goal by the time since the run's start, treated and held out, in at most ${SPANS_MAX} equal spans`,
    access: READERS,
    answer: curveSchema,
    problems: ['not_found'],
  })
  async find(@Param('run') run: string) {
    const whole = await this.curves.whole(run, ({ run: { version }, definition }) => sectionOf(version, definition));
    const { snapshot, section, curve } = found(whole, 'run');
    const { widthSeconds } = curve;
    const group = (people: number, held: boolean) => {
      const own = curve.spans.filter(({ holdout }) => holdout === held);
      return {
        people,
        goal: own.reduce((sum, { reached }) => sum + reached, 0),
        spans: own.map(({ n, reached }) => ({ fromSeconds: n * widthSeconds, reached })),
      };
    };
    return {
      run,
      event: section.goal?.event ?? null,
      widthSeconds,
      treated: group(curve.treated, false),
      holdout: group(curve.holdout, true),
      expiredAt: snapshot.run.expiredAt,
    };
  }
}
