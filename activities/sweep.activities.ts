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
  /** Retries that have begun: one batch of one of them, with who is to hear of it; null when nothing is left. */
  retries: {
    batch(now: number): Promise<{
      runs?: string[];
      lanes?: Overdue['lanes'];
      deliveries?: Overdue['deliveries'];
      payouts?: Overdue['payouts'];
    } | null>;
  };
  /** Links that whoever wrote them has not told; up to so many at a time. */
  links: {
    tell(
      now: number,
    ): Promise<{ told: number; lanes: Overdue['lanes']; payouts: Overdue['payouts']; failures: unknown[] }>;
  };
  /** Events of anonymous ids that have still to join the customers behind them. */
  anonymous: { join(now: number): Promise<{ joined: number; lanes: Overdue['lanes']; payouts: Overdue['payouts'] }> };
  /** One round of files with partners that have no API; returns the queues of payouts that moved. */
  files: { exchange(now: number): Promise<Overdue['payouts']> };
  /** One small turn of removing what has expired; false when nothing is left. */
  retention: { turn(now: number): Promise<boolean> };
  /** Business time at this Temporal time. */
  businessTime(temporalNow: number): Promise<number>;
  sweeps: { overdue(temporalNow: number): Promise<Overdue> };
  nudger: {
    nudgeRun(runId: string): Promise<void>;
    nudgeLane(runId: string, lane: number): Promise<void>;
    nudgeDelivery(gateway: string, shard: number): Promise<void>;
    nudgePayout(provider: string, shard: number): Promise<void>;
  };
  /** Who sleeps on a build that is not in force any more is woken, and moves; null: workers have no versions. */
  builds: { nudgeOnOtherBuilds(temporalNow: number): Promise<number> } | null;
}

/** Of one round; the rest of the work is the next round's. */
const WORK_MS = 10_000;
/** Of these, what nobody waits for may take. */
const EXPIRY_MS = 2_000;

export function createSweepActivities(ports: SweepPorts) {
  return {
    /** Returns how many of each were nudged. */
    async sweep(input: { temporalNow: number }): Promise<Record<keyof Overdue, number>> {
      const deadline = performance.now() + WORK_MS;
      await ports.controls.run(null, () => performance.now() < deadline);
      const due = await ports.sweeps.overdue(input.temporalNow);
      await nudge(ports, due);
      // none keeps another from its work
      const done = await Promise.allSettled([
        drain(ports, input.temporalNow, deadline, async (now) => {
          const { told: done, ...due } = await ports.links.tell(now);
          return { done, ...due };
        }),
        drain(ports, input.temporalNow, deadline, async (now) => {
          const { joined: done, ...due } = await ports.anonymous.join(now);
          return { done, ...due };
        }),
        retry(ports, input.temporalNow, deadline),
        fireStarts(ports, input.temporalNow),
        exchangeFiles(ports, input.temporalNow),
        expire(ports, input.temporalNow),
        ports.builds?.nudgeOnOtherBuilds(input.temporalNow),
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

async function nudge(
  { nudger }: SweepPorts,
  { runs = [], lanes = [], deliveries = [], payouts = [] }: Partial<Overdue>,
) {
  for (const runId of runs) await nudger.nudgeRun(runId);
  for (const { runId, lane } of lanes) await nudger.nudgeLane(runId, lane);
  for (const { name, shard } of deliveries) await nudger.nudgeDelivery(name, shard);
  for (const { name, shard } of payouts) await nudger.nudgePayout(name, shard);
}

async function retry(ports: SweepPorts, temporalNow: number, deadline: number): Promise<void> {
  const now = await ports.businessTime(temporalNow);
  while (performance.now() < deadline) {
    const hints = await ports.retries.batch(now);
    if (!hints) return;
    await nudge(ports, hints);
  }
}

interface Batch extends Pick<Overdue, 'lanes' | 'payouts'> {
  done: number;
  /** Why some of it stays undone. */
  failures?: unknown[];
}

/** Batch after batch until nothing is left, or the round is over; each batch says who is due by it. */
async function drain(
  ports: SweepPorts,
  temporalNow: number,
  deadline: number,
  batch: (now: number) => Promise<Batch>,
): Promise<void> {
  const now = await ports.businessTime(temporalNow);
  for (let left = 1; left > 0 && performance.now() < deadline;) {
    const { done, lanes, payouts, failures = [] } = await batch(now);
    await nudge(ports, { lanes, payouts });
    if (failures.length > 0) throw failures[0];
    left = done;
  }
}

async function exchangeFiles(ports: SweepPorts, temporalNow: number): Promise<void> {
  await nudge(ports, { payouts: await ports.files.exchange(await ports.businessTime(temporalNow)) });
}

async function expire(ports: SweepPorts, temporalNow: number): Promise<void> {
  const deadline = performance.now() + EXPIRY_MS;
  const now = await ports.businessTime(temporalNow);
  while (performance.now() < deadline && (await ports.retention.turn(now)));
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
