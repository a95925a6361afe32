/**
 * A wave run with what it took: CPU-seconds of every process while something was due, and the most that the worker had in memory.
 */
import { residentBytes, type CpuSeconds } from './cpu-meter.js';
import type { Stack } from './stack.js';
import { meterOf } from './surroundings.js';
import { expectWave, type Circumstances } from './wave-result.js';
import { leadFor, playWave, type Crowd, type WaveOptions, type WaveTimes } from './wave-run.js';

export interface MeteredWave extends WaveTimes {
  cpu: CpuSeconds;
  workerBytes: number;
}

const LOOK_EVERY_MS = 250;

/** Errors: those of the run and of what it has to leave behind. */
export async function meteredWave(
  stack: Stack,
  crowd: Crowd,
  options: Partial<WaveOptions> = {},
  circumstances: Circumstances = {},
): Promise<MeteredWave> {
  const meter = meterOf(stack);
  const sum: CpuSeconds = {};
  let workerBytes = 0;
  const look = setInterval(() => {
    workerBytes = Math.max(workerBytes, residentBytes(stack.worker.pid as number));
  }, LOOK_EVERY_MS);
  try {
    const times = await playWave(stack, crowd, {
      key: `to-${crowd.group}`,
      leadMs: leadFor(crowd.size),
      ...options,
      async phase(work) {
        const { value, cpu } = await meter.during(work);
        for (const [name, seconds] of Object.entries(cpu)) sum[name] = (sum[name] ?? 0) + seconds;
        return value;
      },
    });
    await expectWave(stack, crowd, times, { silent: options.silent ?? false, ...circumstances });
    return { ...times, cpu: sum, workerBytes };
  } finally {
    clearInterval(look);
  }
}
