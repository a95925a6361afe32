/**
 * The doctor's look at the builds of workers: whether the one in force has workers, and whether anything waits for one that has none.
 */
import { EnvironmentLack } from '../services/report.js';
import type { DeploymentFacts } from '../temporal/deployment.js';
import { faulty, type Seen, type Sight } from './doctor-sight.js';

/** Nothing to look at where PADO_DEPLOYMENT is not set. */
export async function builds(sight: Sight): Promise<Seen> {
  const facts = (await sight.temporal().catch(() => null))?.deployment;
  return facts ? seen(facts) : null;
}

/** Errors: EnvironmentLack where something waits for a worker that is not there. */
export function seen({ current, ramp, builds: known, unversioned }: DeploymentFacts): Seen {
  const faults = known
    .filter(({ open, pollers }) => open > 0 && pollers === 0)
    .map(({ build, open }) => ({
      what: `${open} workflows wait for build ${build}, of which no worker asks for work.`,
      cure: `Start a worker of it (PADO_BUILD=${build}); or, for good: ./pado deployment abandon ${build} --reason TEXT`,
    }));
  const inForce = [current, ramp?.build].filter((one) => one !== null && one !== undefined);
  for (const build of inForce.filter((one) => known.every((own) => own.build !== one || own.pollers === 0)))
    faults.push({
      what: `Workflows start on build ${build}, of which no worker asks for work.`,
      cure: `Start a worker of it (PADO_BUILD=${build}), or: ./pado deployment rollback --reason TEXT`,
    });
  if (faults.length > 0) throw faulty(faults);
  const working = known.filter(({ pollers }) => pollers > 0).map(({ build }) => build);
  if (current === null && working.length > 0 && unversioned.pollers === 0)
    throw new EnvironmentLack(
      `No build is in force, and all workers have one (${working.join(', ')}): nothing starts.`,
      './pado deployment set-current BUILD --reason TEXT',
    );
  const leaving = known.filter(({ build, open }) => open > 0 && !inForce.includes(build));
  const rest = leaving.map(({ build, open }) => `, ${open} workflows still on ${build}`).join('');
  return `${current ?? 'none'} is current${ramp ? `, ${ramp.percent} % go to ${ramp.build}` : ''}${rest}`;
}
