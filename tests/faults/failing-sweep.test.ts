/**
 * A sweep that comes and fails, round after round: `pado doctor` tells, until one goes well. The workflow and its schedule are the product's, on a real
 * Temporal.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { INSTALLATION_CHECKS } from '../../src/cli/doctor-installation.js';
import type { Sight } from '../../src/cli/doctor-sight.js';
import { inspectTemporal } from '../../src/temporal/inspect.js';
import { TemporalGateway } from '../../src/temporal/gateway.js';
import { SWEEP_ID } from '../../workflows/ids.js';
import { countedWorkflows, type CountedWorkflows } from '../support/counted-workflows.js';
import { until } from '../support/stack.js';

let workflows: CountedWorkflows;
let fails = false;
/** None comes by itself meanwhile. */
const EVERY_SECONDS = 1_000_000;

beforeAll(async () => {
  const sweep = async () => {
    if (fails) throw new Error('nobody has thought of that');
  };
  workflows = await countedWorkflows('failing-sweep', { sweep, sealLedger: async () => undefined });
  const { client } = workflows;
  const gateway = new TemporalGateway(
    client,
    async () => 0,
    async () => 'spring',
  );
  await gateway.ensureSweep(EVERY_SECONDS);
});
afterAll(async () => {
  await workflows?.client.schedule.getHandle(SWEEP_ID).delete();
  await workflows?.stop();
});

async function doctor() {
  const { namespace } = workflows.client.options;
  const at = { address: process.env['TEMPORAL_ADDRESS'] as string, namespace };
  const sight = {
    temporal: () => inspectTemporal(at, [], Date.now()),
    waiting: async () => ({}),
  } as unknown as Sight;
  return await INSTALLATION_CHECKS.find(({ check }) => check === 'Sweep')?.look(sight);
}

/** Round after round until the doctor says this; one that would begin while another runs is passed over. */
const untilItSays = (words: RegExp) =>
  until(String(words), async () => {
    await workflows.client.schedule.getHandle(SWEEP_ID).trigger();
    const said = await doctor().catch((error: Error) => error.message);
    return typeof said === 'string' && words.test(said);
  });

it('is told once its last rounds have all failed, and no more once one goes well', async () => {
  await untilItSays(/^every .*, last/);
  fails = true;
  await untilItSays(/^The last \d+ rounds of the sweep have failed/);
  await expect(doctor()).rejects.toThrow(/failed/);
  fails = false;
  await untilItSays(/^every .*, last/);
});
