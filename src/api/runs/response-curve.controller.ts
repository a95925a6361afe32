/**
 * When people responded after each wave was sent: to see whether a wave is still worth waiting for.
 */
import { Controller, Get, Param } from '@nestjs/common';
import { z } from 'zod';
import { ResponseCurveStore, SPANS_MAX } from '../../storage/response-curve.store.js';
import { Endpoint } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { waitsOf } from './report-cells.js';
import { reportOf } from './run-figures.js';
import { READERS } from './runs.dto.js';

const spanSchema = z
  .object({
    fromSeconds: z.int().describe('since the wave was sent to the customer; the span is as wide as all are'),
    responded: z.int(),
    late: z.int().describe('came after the wait had closed; not among responded'),
  })
  .meta({ id: 'ResponseSpan' });
const curveSchema = z
  .object({
    run: z.string(),
    widthSeconds: z.int().describe('of every span'),
    waves: z.array(
      z.object({
        wave: z.int(),
        node: z.string().describe('the send'),
        sent: z.int().describe('accepted by the gateway'),
        responded: z.int(),
        late: z.int(),
        spans: z.array(spanSchema).describe('those in which somebody responded, in order'),
      }),
    ),
    unplaced: z.int().describe('responses of which nobody kept when their wave was sent'),
    expiredAt: z.iso.datetime().nullable().describe('from then on there may be fewer responses here than were counted'),
  })
  .meta({ id: 'ResponseCurve' });

@Controller('v1/runs')
export class ResponseCurveController {
  constructor(private readonly curves: ResponseCurveStore) {}

  @Get(':run/response-curve')
  @Endpoint({
    summary: `Responses by the time since their wave was sent, in at most ${SPANS_MAX} equal spans per wave`,
    access: READERS,
    answer: curveSchema,
    problems: ['not_found'],
  })
  async find(@Param('run') run: string) {
    const whole = await this.curves.whole(run, ({ definition }) => waitsOf(definition));
    const { snapshot, curve } = found(whole, 'run');
    const waves = reportOf(snapshot).waves.map(({ wave, node, sent, responded, late }) => {
      const own = curve.spans.filter((span) => span.wave === wave);
      const spans = own.map(({ n, ...counts }) => ({
        fromSeconds: n * curve.widthSeconds,
        responded: counts.responded,
        late: counts.late,
      }));
      return { wave, node, sent, responded, late, spans };
    });
    return {
      run,
      widthSeconds: curve.widthSeconds,
      waves,
      unplaced: curve.unplaced,
      expiredAt: snapshot.run.expiredAt,
    };
  }
}
