/**
 * `pado doctor`, Workers: by what Temporal tells of who asks for work, whether something stands still, and what to do.
 */
import { describe, expect, it } from '@jest/globals';
import { INSTALLATION_CHECKS } from '../../src/cli/doctor-installation.js';
import type { Sight } from '../../src/cli/doctor-sight.js';
import { EnvironmentLack } from '../../src/services/report.js';

const ALL = { workflows: 1, activities: 1, bulk: 1, freezes: 1 };
const look = async (pollers: typeof ALL, deserted: object[] = []) => {
  const check = INSTALLATION_CHECKS.find((one) => one.check === 'Workers');
  const facts = { pollers, deserted };
  return await check?.look({ waiting: async () => ({}), temporal: async () => facts } as unknown as Sight);
};

describe('workers', () => {
  it('are at work where all queues are asked', async () => {
    expect(await look(ALL)).toContain('1 for workflows, 1 for activities');
  });

  it.each([
    ['workflows', { ...ALL, workflows: 0 }, [], 'nothing moves'],
    ['activities', { ...ALL, activities: 0 }, [], 'nothing moves'],
    ['lanes that have much to do', { ...ALL, bulk: 0 }, [], 'lanes that have much to do'],
    ['runs that are to open', { ...ALL, freezes: 0 }, [], 'runs stay opening'],
    ['a gateway', ALL, [{ kind: 'delivery', name: 'old-gate' }], 'gateway old-gate'],
  ])('are missed by %s', async (_, pollers, deserted, says) => {
    const failed = await look(pollers, deserted).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(EnvironmentLack);
    expect(String(failed)).toContain(says);
  });
});
