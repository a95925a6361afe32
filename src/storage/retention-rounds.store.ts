/**
 * Retention in rounds, at most one a day, each in small turns: one transaction that whoever comes next goes on from. First it is recorded which runs
 * expire, one a turn; then a turn removes a batch of each kind. Nobody waits for another.
 */
import { lookBackOf, type LookBack } from '../domain/retention/look-back.js';
import type { RetentionKind } from '../domain/retention/policy.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { expireDecisions, expireEvents, expireMessages, expireRequests } from './retention-rows.js';
import { retentionPolicies } from './retention.store.js';

const DAY_MS = 86_400_000;
/** Of one round, which walks all participants once for all of them. */
const RUNS_MAX = 50;

interface Round {
  beganAt: Date;
  choosing: boolean;
  runs: string[];
  people: string | null;
  events: number | null;
  requests: boolean;
}
interface InForce {
  version: number;
  days: number;
}
type Policies = Partial<Record<RetentionKind, InForce>>;

export class RetentionRounds {
  constructor(
    private readonly pool: Pool,
    /** Rows of one statement. */
    private readonly batch = 5_000,
  ) {}

  /** One turn at business time `now`; false: nothing is left to do at present. */
  async turn(now: number): Promise<boolean> {
    return await inTransaction(this.pool, async (client) => {
      const policies = await inForce(client, now);
      if (!policies) return false;
      const round = await takeRound(client);
      if (!round) return false;
      if (isOver(round)) return Object.keys(policies).length > 0 && (await begin(client, policies, round, now));
      const left = await this.goOn(client, policies, round, now);
      await keepRound(client, left);
      return !isOver(left) || left.runs.length === RUNS_MAX;
    });
  }

  /** A policy that has been taken back since lets nothing more expire; a run that is recorded goes. */
  private async goOn(client: Client, policies: Policies, round: Round, now: number): Promise<Round> {
    const left = { ...round };
    if (round.choosing) await chooseRun(client, policies.runs, left, now);
    else if (round.people !== null && (await expireMessages(client, round.runs, this.batch)) === 0)
      left.people = await expireDecisions(client, round.runs, round.people, this.batch);
    if (round.events !== null) left.events = await this.goOnWithEvents(client, policies.events, round.events, now);
    if (!round.requests) left.requests = await this.goOnWithRequests(client, policies.requests, now);
    return left;
  }

  private async goOnWithEvents(client: Client, policy: InForce | undefined, after: number, now: number) {
    if (!policy) return null;
    const through = new Date(now - policy.days * DAY_MS);
    const lookBack = await lookBackNow(client, now);
    const { last, removed } = await expireEvents(client, { after, through, lookBack, limit: this.batch });
    if (Object.keys(removed).length > 0) await record(client, 'events', { policy, through, removed, now });
    return last;
  }

  private async goOnWithRequests(client: Client, policy: InForce | undefined, now: number): Promise<boolean> {
    if (!policy) return true;
    const { n, through } = await expireRequests(client, policy.days, this.batch);
    if (n > 0) await record(client, 'requests', { policy, through, removed: { n }, now });
    return n === 0;
  }
}

const isOver = ({ choosing, people, events, requests }: Round) =>
  !choosing && people === null && events === null && requests;

/** Null where one was put after `now`, which a turn that began before knows nothing of: whoever comes later goes on. */
async function inForce(client: Client, now: number): Promise<Policies | null> {
  const policies = await retentionPolicies(client);
  if (policies.some(({ createdAt }) => createdAt.getTime() > now)) return null;
  return Object.fromEntries(
    policies.flatMap(({ kind, version, days }) => (days === null ? [] : [[kind, { version, days }]])),
  );
}

/** Null where somebody else has it. */
async function takeRound(client: Client): Promise<Round | null> {
  await client.query(
    `insert into retention_round (began_at, choosing, runs, requests) values ('-infinity', false, '{}', true) on conflict do nothing`,
  );
  const { rows } = await client.query<Round>(
    `select case when isfinite(began_at) then began_at else 'epoch' end as "beganAt", choosing, runs, people, events, requests
     from retention_round for update skip locked`,
  );
  return rows[0] ?? null;
}

async function begin(client: Client, policies: Policies, last: Round, now: number): Promise<boolean> {
  const isNext = now - last.beganAt.getTime() >= DAY_MS || last.runs.length === RUNS_MAX;
  if (!isNext) return false;
  const [choosing, events, requests] = [policies.runs !== undefined, policies.events ? 0 : null, !policies.requests];
  await keepRound(client, { beganAt: new Date(now), choosing, runs: [], people: null, events, requests });
  return true;
}

async function keepRound(client: Client, { beganAt, choosing, runs, people, events, requests }: Round): Promise<void> {
  await client.query(
    'update retention_round set began_at = $1, choosing = $2, runs = $3, people = $4, events = $5, requests = $6',
    [beganAt, choosing, runs, people, events, requests],
  );
}

/** The one that has been over for longest and that nothing holds. From here on it counts as expired. */
async function chooseRun(client: Client, policy: InForce | undefined, round: Round, now: number): Promise<void> {
  const { rows } = policy ? await expireRun(client, policy, now) : { rows: [] };
  round.runs = [...round.runs, ...rows.map(({ id }) => id)];
  round.choosing = rows.length > 0 && round.runs.length < RUNS_MAX;
  if (!round.choosing && round.runs.length > 0) round.people = '';
}

const expireRun = (client: Client, { version, days }: InForce, now: number) =>
  client.query<{ id: string }>(
    // one after the other until one is not held: its last reason reads all of its messages
    `with old as (
       select r.id from runs r
       where r.state = 'closed' and r.closed_at < $2 and not exists (select from retentions x where x.run_id = r.id)
       order by r.closed_at, r.id offset 0),
     chosen as (select id from old where run_held(id, $2, $3) is null limit 1),
     -- one that a retry opens again just now stays
     own as (select r.id from runs r join chosen using (id) where r.state = 'closed' for update of r skip locked)
     insert into retentions (kind, policy, run_id, through, removed, at)
     select 'runs', $1, c.id, $2, json_build_object('messages', (select count(*) from outbox o where o.run_id = c.id)), $3 from own c
     returning run_id as id`,
    [version, new Date(now - days * DAY_MS), new Date(now)],
  );

async function record(
  client: Client,
  kind: RetentionKind,
  { policy, through, removed, now }: { policy: InForce; through: Date; removed: object; now: number },
): Promise<void> {
  await client.query('insert into retentions (kind, policy, through, removed, at) values ($1, $2, $3, $4, $5)', [
    kind,
    policy.version,
    through,
    JSON.stringify(removed),
    new Date(now),
  ]);
}

/** What is in force: the newest rule of each segment, and every version of a campaign that has not ended. */
async function lookBackNow(client: Client, now: number): Promise<LookBack> {
  const { rows } = await client.query<{ definition: unknown }>(
    `select rule as definition from (select distinct on (key) key, rule from segments order by key, version desc) s
     union all select v.definition from campaign_versions v join campaigns c on c.key = v.campaign where c.state <> 'ended'`,
  );
  return lookBackOf(
    rows.map(({ definition }) => definition),
    now,
  );
}
