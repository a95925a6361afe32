/**
 * Retention in rounds, at most one a day: it begins by recording which runs expire, and goes on in small turns, each one transaction that whoever comes
 * next goes on from. A turn removes a batch of each kind and never waits for another.
 */
import { lookBackOf, type LookBack } from '../domain/retention/look-back.js';
import type { RetentionKind } from '../domain/retention/policy.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { expireDecisions, expireEvents, expireMessages, expireRequests } from './retention-rows.js';
import { retentionPolicies } from './retention.store.js';

const DAY_MS = 86_400_000;
/** Of one round: its statements are about all of them at once. */
const RUNS_MAX = 20;

interface Round {
  beganAt: Date;
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
      const policies = await inForce(client);
      if (Object.keys(policies).length === 0) return false;
      const round = await takeRound(client);
      if (!round) return false;
      if (isOver(round)) return await begin(client, policies, round, now);
      const left = await this.goOn(client, policies, round, now);
      await client.query('update retention_round set people = $1, events = $2, requests = $3', [
        left.people,
        left.events,
        left.requests,
      ]);
      return !isOver(left) || round.runs.length === RUNS_MAX;
    });
  }

  /** A kind whose policy has been taken back since is left as it is. */
  private async goOn(client: Client, policies: Policies, round: Round, now: number): Promise<Round> {
    const left = { ...round };
    if (round.people !== null && (await expireMessages(client, round.runs, this.batch)) === 0)
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

const isOver = ({ people, events, requests }: Round) => people === null && events === null && requests;

async function inForce(client: Client): Promise<Policies> {
  const policies = await retentionPolicies(client);
  return Object.fromEntries(
    policies.flatMap(({ kind, version, days }) => (days === null ? [] : [[kind, { version, days }]])),
  );
}

/** Null where somebody else has it. */
async function takeRound(client: Client): Promise<Round | null> {
  await client.query(
    `insert into retention_round (began_at, runs, requests) values ('-infinity', '{}', true) on conflict do nothing`,
  );
  const { rows } = await client.query<Round>(
    `select case when isfinite(began_at) then began_at else 'epoch' end as "beganAt", runs, people, events, requests
     from retention_round for update skip locked`,
  );
  return rows[0] ?? null;
}

async function begin(client: Client, policies: Policies, last: Round, now: number): Promise<boolean> {
  const isNext = now - last.beganAt.getTime() >= DAY_MS || last.runs.length === RUNS_MAX;
  if (!isNext) return false;
  const runs = policies.runs ? await expireRuns(client, policies.runs, now) : [];
  await client.query('update retention_round set began_at = $1, runs = $2, people = $3, events = $4, requests = $5', [
    new Date(now),
    runs,
    runs.length > 0 ? '' : null,
    policies.events ? 0 : null,
    !policies.requests,
  ]);
  return true;
}

/** Those that have been over for longest and that nothing holds. From here on they count as expired. */
async function expireRuns(client: Client, { version, days }: InForce, now: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `insert into retentions (kind, policy, run_id, through, removed, at)
     select 'runs', $1, r.id, $2, json_build_object('messages', (select count(*) from outbox o where o.run_id = r.id)), $3
     from runs r
     where r.state = 'closed' and r.closed_at < $2 and not exists (select from retentions x where x.run_id = r.id)
       and run_held(r.id, $2, $3) is null
     order by r.closed_at limit $4 returning run_id as id`,
    [version, new Date(now - days * DAY_MS), new Date(now), RUNS_MAX],
  );
  return rows.map(({ id }) => id);
}

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
