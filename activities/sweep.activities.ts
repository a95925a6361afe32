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

/** One round. What fails in it keeps nobody else from being swept; the first of it is thrown at the end, so that the round counts as failed. */
interface Round {
  temporalNow: number;
  deadline: number;
  failures: unknown[];
}

export function createSweepActivities(ports: SweepPorts) {
  return {
    /** Returns how many of each were nudged. */
    async sweep(input: { temporalNow: number }): Promise<Record<keyof Overdue, number>> {
      const round: Round = { ...input, deadline: performance.now() + WORK_MS, failures: [] };
      await tried(round, () => ports.controls.run(null, () => performance.now() < round.deadline));
      let due: Overdue = { runs: [], lanes: [], deliveries: [], payouts: [] };
      await tried(round, async () => {
        due = await ports.sweeps.overdue(input.temporalNow);
      });
      await nudge(ports, round, due);
      await Promise.all(
        [
          () => tellLinks(ports, round),
          () => joinAnonymous(ports, round),
          () => retry(ports, round),
          () => fireStarts(ports, round),
          () => exchangeFiles(ports, round),
          () => expire(ports, round),
          async () => ports.builds?.nudgeOnOtherBuilds(input.temporalNow),
        ].map((work) => tried(round, work)),
      );
      if (round.failures.length > 0) throw round.failures[0];
      return {
        runs: due.runs.length,
        lanes: due.lanes.length,
        deliveries: due.deliveries.length,
        payouts: due.payouts.length,
      };
    },
  };
}

/** False where it failed. */
async function tried({ failures }: Round, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    failures.push(error);
    return false;
  }
}

/**
 * Each, whoever else refuses: a workflow that has had all the signals it may have takes no more of them. Who refuses once the time is over is
 * nobody's neighbour but a Temporal that does not answer: the rest is the next round's.
 */
async function nudge(
  { nudger }: SweepPorts,
  round: Round,
  { runs = [], lanes = [], deliveries = [], payouts = [] }: Partial<Overdue>,
) {
  const nudges = [
    ...runs.map((runId) => () => nudger.nudgeRun(runId)),
    ...lanes.map(
      ({ runId, lane }) =>
        () =>
          nudger.nudgeLane(runId, lane),
    ),
    ...deliveries.map(
      ({ name, shard }) =>
        () =>
          nudger.nudgeDelivery(name, shard),
    ),
    ...payouts.map(
      ({ name, shard }) =>
        () =>
          nudger.nudgePayout(name, shard),
    ),
  ];
  for (const one of nudges) if (!(await tried(round, one)) && performance.now() > round.deadline) return;
}

async function retry(ports: SweepPorts, round: Round): Promise<void> {
  const now = await ports.businessTime(round.temporalNow);
  while (performance.now() < round.deadline) {
    const hints = await ports.retries.batch(now);
    if (!hints) return;
    await nudge(ports, round, hints);
  }
}

interface Batch extends Pick<Overdue, 'lanes' | 'payouts'> {
  done: number;
  /** Why some of it stays undone. */
  failures?: unknown[];
}

const tellLinks = (ports: SweepPorts, round: Round): Promise<void> =>
  drain(ports, round, async (now) => {
    const { told: done, ...due } = await ports.links.tell(now);
    return { done, ...due };
  });

const joinAnonymous = (ports: SweepPorts, round: Round): Promise<void> =>
  drain(ports, round, async (now) => {
    const { joined: done, ...due } = await ports.anonymous.join(now);
    return { done, ...due };
  });

/** Batch after batch until nothing is left, or the round is over; each batch says who is due by it. */
async function drain(ports: SweepPorts, round: Round, batch: (now: number) => Promise<Batch>): Promise<void> {
  const now = await ports.businessTime(round.temporalNow);
  for (let left = 1; left > 0 && performance.now() < round.deadline;) {
    const { done, lanes, payouts, failures = [] } = await batch(now);
    await nudge(ports, round, { lanes, payouts });
    if (failures.length > 0) throw failures[0];
    left = done;
  }
}

async function exchangeFiles(ports: SweepPorts, round: Round): Promise<void> {
  const payouts = await ports.files.exchange(await ports.businessTime(round.temporalNow));
  await nudge(ports, round, { payouts });
}

async function expire(ports: SweepPorts, { temporalNow }: Round): Promise<void> {
  const deadline = performance.now() + EXPIRY_MS;
  const now = await ports.businessTime(temporalNow);
  while (performance.now() < deadline && (await ports.retention.turn(now)));
}

async function fireStarts(ports: SweepPorts, round: Round): Promise<void> {
  const { starts } = ports;
  const { now, campaigns } = await starts.dueAt(round.temporalNow);
  for (const campaign of campaigns)
    await tried(round, async () => {
      const { runs } = await starts.fire(campaign, now);
      await nudge(ports, round, { runs });
    });
  await starts.scheduleAll();
}
