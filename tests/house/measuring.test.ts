/**
 * What benchmarks measure with: pairs take turns, and the CPU meter misses no process of an installation, the ended ones included.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { CpuMeter, listenerOn, residentBytes } from '../support/cpu-meter.js';
import { median, pairs } from '../support/pairs.js';
import { surroundings } from '../support/surroundings.js';
import { needs } from '../support/tiers.js';

describe('pairs', () => {
  it('gives the medians and their ratio', async () => {
    const measured = await pairs(
      5,
      async () => 6,
      async () => 3,
    );
    expect(measured).toMatchObject({ workMedian: 6, againstMedian: 3, ratio: 2 });
  });

  it('refuses to speak of fewer than five', async () => {
    const one = async () => 1;
    await expect(pairs(4, one, one)).rejects.toThrow('4 pairs say nothing');
  });

  it('takes the middle, or the mean of the two in the middle', () => {
    expect([median([9, 1, 2]), median([4, 1, 2, 100]), median([7])]).toEqual([2, 3, 7]);
    expect(() => median([])).toThrow('nothing');
  });
});

/** Waits for its input's end; for each line it has a child use so many milliseconds of CPU and end. */
const PARENT = `
const { spawnSync } = require('node:child_process');
const burn = 'while (process.cpuUsage().user < 300_000);';
process.stdin.on('data', () => { spawnSync(process.execPath, ['-e', burn]); process.stdout.write('done'); });
`;

needs('proc')('the CPU meter', () => {
  it('counts what an ended child of a process has used', async () => {
    const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(parent, 'spawn');
      const meter = new CpuMeter({ server: [parent.pid as number] });
      const { cpu } = await meter.during(async () => {
        parent.stdin.write('go\n');
        await once(parent.stdout, 'data');
      });
      expect(cpu['server']).toBeGreaterThan(0.25);
      expect(cpu['all']).toBeCloseTo((cpu['server'] ?? 0) + (cpu['test'] ?? 0), 6);
    } finally {
      parent.kill();
      await once(parent, 'exit');
    }
  });

  it('refuses to speak of a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const meter = new CpuMeter({ server: [child.pid as number] });
    await expect(meter.during(() => once(child, 'exit'))).rejects.toThrow('has ended');
  });

  it('finds a server by its port, and what it has in memory', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect(listenerOn(port)).toBe(process.pid);
      expect(residentBytes(process.pid)).toBeGreaterThan(10_000_000);
    } finally {
      server.close();
    }
    await once(server, 'close');
    expect(() => listenerOn(port)).toThrow(`port ${port}`);
  });
});

describe('the surroundings', () => {
  it('name the versions and the variants of the servers', async () => {
    const seen = await surroundings();
    expect(seen['node']).toBe(process.versions.node);
    expect(seen['postgres']).toMatch(/^\d+.*, fsync o(n|ff), synchronous_commit \w+/);
    expect(seen['redis']).toMatch(/^\d+\.\d+/);
    expect(seen['temporal']).toMatch(/^\d+\.\d+/);
  });
});
