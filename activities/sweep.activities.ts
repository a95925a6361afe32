/**
 * Finds what is due and unclaimed, with an index probe each over lanes, gateways, providers and open runs, and nudges it (law 8). What a resume or stop had still to move, it moves first.
 */

export interface Overdue {
  runs: string[];
  lanes: { runId: string; lane: number }[];
  deliveries: { name: string; shard: number }[];
  payouts: { name: string; shard: number }[];
}

export interface SweepPorts {
  /** Resumes and stops that whoever switched has not ended; true when nothing of them is left. */
  controls: { run(scope: null, goOn: () => boolean): Promise<boolean> };
  /** Starts by slots: those that are due, and those that Temporal has no schedule of yet. */
  starts: {
    dueAt(temporalNow: number): Promise<{ now: number; campaigns: string[] }>;
    fire(campaign: string, now: number): Promise<{ runs: string[] }>;
    scheduleAll(): Promise<void>;
  };
  /** Links that whoever wrote them has not told; up to so many at a time. */
  links: {
    tell(
      now: number,
    ): Promise<{ told: number; lanes: Overdue['lanes']; payouts: Overdue['payouts']; failures: unknown[] }>;
  };
  /** Business time at this Temporal time. */
  businessTime(temporalNow: number): Promise<number>;
  sweeps: { overdue(temporalNow: number): Promise<Overdue> };
  nudger: {
    nudgeRun(runId: string): Promise<void>;
    nudgeLane(runId: string, lane: number): Promise<void>;
    nudgeDelivery(gateway: string, shard: number): Promise<void>;
    nudgePayout(provider: string, shard: number): Promise<void>;
  };
}

/** Of one round; the rest of the work is the next round's. */
const WORK_MS = 10_000;

export function createSweepActivities(ports: SweepPorts) {
  return {
    /** Returns how many of each were nudged. */
    async sweep(input: { temporalNow: number }): Promise<Record<keyof Overdue, number>> {
      const deadline = performance.now() + WORK_MS;
      await ports.controls.run(null, () => performance.now() < deadline);
      const due = await ports.sweeps.overdue(input.temporalNow);
      for (const runId of due.runs) await ports.nudger.nudgeRun(runId);
      for (const { runId, lane } of due.lanes) await ports.nudger.nudgeLane(runId, lane);
      for (const { name, shard } of due.deliveries) await ports.nudger.nudgeDelivery(name, shard);
      for (const { name, shard } of due.payouts) await ports.nudger.nudgePayout(name, shard);
      // neither keeps the other from its work
      const done = await Promise.allSettled([
        tellLinks(ports, input.temporalNow, () => performance.now() < deadline),
        fireStarts(ports, input.temporalNow),
      ]);
      for (const one of done) if (one.status === 'rejected') throw one.reason;
      return {
        runs: due.runs.length,
        lanes: due.lanes.length,
        deliveries: due.deliveries.length,
        payouts: due.payouts.length,
      };
    },
  };
}

async function tellLinks(ports: SweepPorts, temporalNow: number, goOn: () => boolean): Promise<void> {
  const now = await ports.businessTime(temporalNow);
  for (let told = 1; told > 0 && goOn();) {
    const batch = await ports.links.tell(now);
    for (const { runId, lane } of batch.lanes) await ports.nudger.nudgeLane(runId, lane);
    for (const { name, shard } of batch.payouts) await ports.nudger.nudgePayout(name, shard);
    if (batch.failures.length > 0) throw batch.failures[0];
    ({ told } = batch);
  }
}

async function fireStarts({ starts, nudger }: SweepPorts, temporalNow: number): Promise<void> {
  const { now, campaigns } = await starts.dueAt(temporalNow);
  const failed: unknown[] = [];
  for (const campaign of campaigns) {
    try {
      const { runs } = await starts.fire(campaign, now);
      for (const runId of runs) await nudger.nudgeRun(runId);
    } catch (error) {
      failed.push(error); // holds up no other campaign
    }
  }
  await starts.scheduleAll();
  if (failed.length > 0) throw failed[0];
}
