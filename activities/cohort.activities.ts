/**
 * Moves the due participants of one lane, cohort by cohort: pick and render before the locks, decide after them, all of one
 * cohort in one transaction. Runs once per step; what it could not move is still due.
 */
import { cohortWrite, stripesOf, type CohortWrite, type RunTerms, type Walked } from '../src/domain/wave/cohort.js';
import type { ContactPolicy } from '../src/domain/contact-policy/policy.js';
import type { PreparedJourney } from '../src/domain/journey/prepare.js';
import type { Channel } from '../src/domain/base/channels.js';
import { walk, type ParticipantFacts, type Rendered, type Walk, type WalkContext } from '../src/domain/wave/walk.js';
import { isEnding, withHeartbeat, type Position } from './heartbeat.js';

export interface AdvanceInput {
  runId: string;
  lane: number;
  step: number;
  now: number;
  /** One small cohort at most, for who has little to do does not wait for who has much: the rest is `more`. */
  brief?: boolean;
}
export type AdvanceResult =
  | { state: 'more'; moved: number }
  | { state: 'idle'; moved: number; nextDueAt: number | null }
  | { state: 'done'; moved: number }
  | { state: 'stale'; step: number };

/** A launched run, immutable, made ready once per process. */
export interface PreparedRun {
  runId: string;
  version: number;
  journey: PreparedJourney;
  render(node: string, facts: ParticipantFacts, visit: number, channel: Channel): Rendered;
}

/** One due participant as read before the locks. */
export interface Picked {
  facts: ParticipantFacts;
  bucket: number;
}
export interface LockedCohort {
  /** Facts read after the locks; those whose gate facts changed since they were picked are left for the next pass. */
  participants: Picked[];
  policies: ContactPolicy[];
  stopped: boolean;
  /** Channels and gateways, as control scopes, that a send with a choice passes over. */
  closed: ReadonlySet<string>;
}
export type CohortOutcome =
  | { kind: 'committed'; moved: number; links: number; queues: { messages: Queue[]; payouts: Queue[] } }
  | { kind: 'paused' }
  | { kind: 'stale'; step: number };
export interface Queue {
  name: string;
  shard: number;
}

export interface CohortPorts {
  runs: { prepared(runId: string): Promise<PreparedRun> };
  cohorts: {
    pick(at: { runId: string; lane: number; now: number; limit: number }, journey: PreparedJourney): Promise<Picked[]>;
    policies(): Promise<ContactPolicy[]>;
    decide(
      at: AdvanceInput & { campaign: string; stripes: number[] },
      picked: Picked[],
      decide: (locked: LockedCohort) => CohortWrite,
    ): Promise<CohortOutcome>;
    markFailed(at: AdvanceInput, customerId: string, reason: string): Promise<void>;
    remaining(runId: string, lane: number): Promise<{ active: boolean; nextDueAt: number | null }>;
  };
  /** Tells links to the campaigns that they lead to; what it does not come to, the sweep tells. */
  links: { tell(now: number): Promise<{ lanes: { runId: string; lane: number }[]; payouts: Queue[] }> };
  nudger: {
    nudgeLane(runId: string, lane: number): Promise<void>;
    nudgeDelivery(gateway: string, shard: number): Promise<void>;
    nudgePayout(provider: string, shard: number): Promise<void>;
  };
  shardOf: (bucket: number) => number;
  /** True for a failure that a row's data caused; such cohorts are bisected down to the row. */
  isDataError(error: unknown): boolean;
  /** Participants per transaction. */
  cohortSize: number;
  /** How long one call works at most; WORK_MS where left out. */
  workMs?: number;
}

/** One call works this long at most, for other lanes wait for its place; its `now` is good for a minute. */
const WORK_MS = 5_000;
const BRIEF_SIZE = 500;

export function createCohortActivities(ports: CohortPorts) {
  return {
    advanceCohorts: (input: AdvanceInput): Promise<AdvanceResult> => withHeartbeat((at) => advance(ports, input, at)),
  };
}

async function advance(
  ports: CohortPorts,
  input: AdvanceInput,
  at: (position: Position) => void,
): Promise<AdvanceResult> {
  const run = await ports.runs.prepared(input.runId);
  const deadline = performance.now() + (ports.workMs ?? WORK_MS);
  const limit = input.brief ? Math.min(BRIEF_SIZE, ports.cohortSize) : ports.cohortSize;
  let moved = 0;
  for (;;) {
    const picked = await ports.cohorts.pick({ ...input, limit }, run.journey);
    if (picked.length === 0) break;
    const outcome = await decideOrBisect(ports, run, input, picked);
    if (outcome.kind === 'stale') return { state: 'stale', step: outcome.step };
    if (outcome.kind === 'paused') return { state: 'idle', moved, nextDueAt: null };
    moved += outcome.moved;
    await nudge(ports, outcome.queues);
    if (outcome.links > 0) await tellLinks(ports, input.now);
    at({ moved });
    if (outcome.moved === 0) break; // all of them left for a later pass: a fresh `now` first
    const isOver = input.brief && picked.length === limit;
    if (isOver || performance.now() > deadline || isEnding()) return { state: 'more', moved };
  }
  const left = await ports.cohorts.remaining(input.runId, input.lane);
  if (!left.active) return { state: 'done', moved };
  return { state: 'idle', moved, nextDueAt: left.nextDueAt };
}

async function decideOrBisect(
  ports: CohortPorts,
  run: PreparedRun,
  input: AdvanceInput,
  picked: Picked[],
  stripes: Stripes = 'foreseen',
): Promise<CohortOutcome> {
  let decided: Decided;
  try {
    decided = await decideCohort(ports, run, input, picked, stripes);
  } catch (error) {
    if (!ports.isDataError(error)) throw error;
    const [only] = picked;
    if (picked.length === 1 && only) {
      await ports.cohorts.markFailed(input, only.facts.customerId, 'failed_data');
      return { kind: 'committed', moved: 1, links: 0, queues: { messages: [], payouts: [] } };
    }
    const middle = Math.ceil(picked.length / 2);
    const first = await decideOrBisect(ports, run, input, picked.slice(0, middle), stripes);
    return await andThen(first, () => decideOrBisect(ports, run, input, picked.slice(middle), stripes));
  }
  const { outcome, unforeseen } = decided;
  if (unforeseen.length === 0) return outcome;
  return await andThen(outcome, () => decideOrBisect(ports, run, input, unforeseen, 'theirs'));
}

/** Both as one; where the first was not committed, that alone. */
async function andThen(first: CohortOutcome, next: () => Promise<CohortOutcome>): Promise<CohortOutcome> {
  if (first.kind !== 'committed') return first;
  const second = await next();
  if (second.kind !== 'committed') return second;
  const messages = [...first.queues.messages, ...second.queues.messages];
  const payouts = [...first.queues.payouts, ...second.queues.payouts];
  const sums = { moved: first.moved + second.moved, links: first.links + second.links };
  return { kind: 'committed', ...sums, queues: { messages, payouts } };
}

/** Which are locked: of those whom the walk before the locks sends to, or of all who are to be decided. */
type Stripes = 'foreseen' | 'theirs';
interface Decided {
  outcome: CohortOutcome;
  /**
   * Whose send only showed after the locks, where it would have added a contact without its stripe: their channel turned out to be paused, say, and they
   * go on to another send. The next pass would foresee no more of it, and so on for ever: they are decided again at once, under their own stripes.
   */
  unforeseen: Picked[];
}

async function decideCohort(
  ports: CohortPorts,
  run: PreparedRun,
  input: AdvanceInput,
  picked: Picked[],
  stripesFor: Stripes,
): Promise<Decided> {
  const { journey } = run;
  const context = { journey, now: input.now, stopped: false, policies: [] as ContactPolicy[] };
  // A walk before the locks, free of the contact policy, renders whatever may be sent and tells whose stripes are needed.
  const rendered = new Map<string, Rendered>();
  const keyOf = (node: string, facts: ParticipantFacts, visit: number, channel: Channel) =>
    `${node}\u0000${visit}\u0000${channel}\u0000${facts.customerId}`;
  const foreseen = picked.filter(({ facts }) => {
    const render: WalkContext['render'] = (node, _, visit, channel) => {
      const result = run.render(node, facts, visit, channel);
      rendered.set(keyOf(node, facts, visit, channel), result);
      return result;
    };
    try {
      return walk(facts, { ...context, render }).messages.length > 0;
    } catch {
      return true; // who cannot be decided is found under the locks
    }
  });
  const stripes = stripesOf((stripesFor === 'theirs' ? picked : foreseen).map((one) => one.bucket));
  const locked = new Set(stripes);

  const terms: RunTerms = { runId: run.runId, lane: input.lane, version: run.version, journey, shardOf: ports.shardOf };
  const undecidable: Undecidable[] = [];
  const unforeseen: Picked[] = [];
  const outcome = await ports.cohorts.decide({ ...input, campaign: journey.campaign, stripes }, picked, (cohort) => {
    const walked: Walked[] = [];
    undecidable.length = unforeseen.length = 0; // the transaction may be tried again
    for (const { facts, bucket } of cohort.participants) {
      const walkContext: WalkContext = {
        ...context,
        policies: cohort.policies,
        stopped: cohort.stopped,
        closed: cohort.closed,
        render: (node, _, visit, channel) =>
          rendered.get(keyOf(node, facts, visit, channel)) ?? run.render(node, facts, visit, channel),
      };
      const own = walkOf(facts, walkContext, undecidable);
      if (own === null) continue;
      const one = { facts, bucket, walk: own };
      if (one.walk.messages.length > 0 && !locked.has(bucket >> 4)) unforeseen.push({ facts, bucket });
      else walked.push(one);
    }
    return cohortWrite(terms, walked);
  });
  return { outcome: await setApart(ports, input, outcome, { undecidable, unforeseen }), unforeseen };
}

interface Undecidable {
  customerId: string;
  error: unknown;
}

/** Null where it throws, which a value that the domain does not expect makes it do. */
function walkOf(facts: ParticipantFacts, context: WalkContext, undecidable: Undecidable[]): Walk | null {
  try {
    return walk(facts, context);
  } catch (error) {
    undecidable.push({ customerId: facts.customerId, error });
    return null;
  }
}

/** Whom nobody can decide does not hold up the others. Where nobody of several can be decided it is the program's fault and not theirs: the turn fails. */
async function setApart(
  ports: CohortPorts,
  input: AdvanceInput,
  outcome: CohortOutcome,
  { undecidable, unforeseen }: { undecidable: readonly Undecidable[]; unforeseen: readonly Picked[] },
): Promise<CohortOutcome> {
  const [first] = undecidable;
  if (outcome.kind !== 'committed' || !first) return outcome;
  if (outcome.moved === 0 && unforeseen.length === 0 && undecidable.length > 1) throw first.error;
  for (const { customerId } of undecidable) await ports.cohorts.markFailed(input, customerId, 'failed_decision');
  return { ...outcome, moved: outcome.moved + undecidable.length };
}

async function tellLinks({ links, nudger }: CohortPorts, now: number): Promise<void> {
  const told = await links.tell(now);
  await Promise.all([
    ...told.lanes.map(({ runId, lane }) => nudger.nudgeLane(runId, lane)),
    ...told.payouts.map(({ name, shard }) => nudger.nudgePayout(name, shard)),
  ]);
}

async function nudge(ports: CohortPorts, queues: { messages: Queue[]; payouts: Queue[] }): Promise<void> {
  await Promise.all([
    ...queues.messages.map((queue) => ports.nudger.nudgeDelivery(queue.name, queue.shard)),
    ...queues.payouts.map((queue) => ports.nudger.nudgePayout(queue.name, queue.shard)),
  ]);
}
