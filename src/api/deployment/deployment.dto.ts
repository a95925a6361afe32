/**
 * Builds of workers at the edge. Pure.
 */
import { z } from 'zod';
import type { ReplayReport } from '../../storage/replay-reports.store.js';
import type { DeploymentFacts } from '../../temporal/deployment.js';
import { buildSchema as build } from './replays.dto.js';

const reason = z.string().trim().min(1).max(500);

export const buildReasonSchema = z.strictObject({ build, reason }).meta({ id: 'BuildReason' });
export const rampSchema = z
  .strictObject({
    build,
    percent: z.int().min(0).max(100).describe('of what starts or moves; 0 ends a ramp'),
    reason,
  })
  .meta({ id: 'BuildRamp' });
export const rollbackSchema = z.strictObject({ reason }).meta({ id: 'BuildRollback' });

export const deploymentSchema = z
  .object({
    deployment: z.string().describe('PADO_DEPLOYMENT'),
    current: z.string().nullable().describe('the build on which workflows start; null: workers without a version'),
    ramp: z.object({ build: z.string(), percent: z.number() }).nullable(),
    former: z.string().nullable().describe('what a rollback makes current, where there is no ramp to end'),
    builds: z.array(
      z.object({
        build: z.string(),
        state: z
          .enum(['current', 'ramping', 'leaving', 'deserted', 'empty'])
          .describe(
            'leaving: its workflows move as they continue as new; deserted: they wait for a worker of it, and there is none; empty: nothing is on it, its workers may end',
          ),
        currentAt: z.iso.datetime().nullable().describe('when it last became current, Temporal’s time'),
        workers: z.int().describe('that have asked for work within 90 s'),
        open: z.int().describe('workflows on it'),
        replay: z
          .object({
            no: z.int(),
            fine: z.int().describe('workflows that would go on'),
            broken: z.int().describe('workflows that would break'),
            at: z.iso.datetime(),
          })
          .nullable()
          .describe('what the newest replay of all that was open has found; null: nobody has reported one'),
      }),
    ),
    unversioned: z.object({ workers: z.int(), open: z.int() }),
  })
  .meta({ id: 'Deployment' });

export const abandonedSchema = z
  .object({ build: z.string(), ended: z.int().describe('workflows; what is due of theirs starts within a minute') })
  .meta({ id: 'AbandonedBuild' });

export function presentDeployment(
  { name, current, ramp, former, builds, unversioned }: DeploymentFacts,
  reports: readonly ReplayReport[],
) {
  const replays = new Map(reports.map(({ build: own, no, fine, broken, at }) => [own, { no, fine, broken, at }]));
  return {
    deployment: name,
    current,
    ramp,
    former,
    builds: builds.map(({ build: own, currentAt, pollers: workers, open }) => ({
      build: own,
      state: stateOf(own, { current, ramp, workers, open }),
      currentAt: currentAt === null ? null : new Date(currentAt).toISOString(),
      workers,
      open,
      replay: replays.get(own) ?? null,
    })),
    unversioned: { workers: unversioned.pollers, open: unversioned.open },
  };
}

function stateOf(
  own: string,
  at: Pick<DeploymentFacts, 'current' | 'ramp'> & { workers: number; open: number },
): z.infer<typeof deploymentSchema>['builds'][number]['state'] {
  if (at.open > 0 && at.workers === 0) return 'deserted';
  if (own === at.current) return 'current';
  if (own === at.ramp?.build) return 'ramping';
  return at.open > 0 ? 'leaving' : 'empty';
}
