/**
 * What is on record about one customer and one campaign, and what today's facts say where nothing is: the reads behind `why`.
 */
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import { scopesOfChoices } from '../domain/journey/choices.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import { compileWhere } from '../domain/segment/compile.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import type { ParticipantFacts } from '../domain/wave/walk.js';
import { closedAmong } from './advisory.js';
import { contactsSeen } from './contacts-seen.js';
import type { Customer } from './customers.store.js';
import { exclusionsOf } from './exclusions.js';
import { policiesInForce } from './policies-in-force.js';
import type { Pool } from './pool.js';
import { rivalsOf } from './rivals.js';

export interface RunOfCustomer {
  id: string;
  version: number;
  trigger: string;
  openedBy: string;
  startedAt: Date;
  state: 'opening' | 'running' | 'closed';
  control: 'running' | 'paused' | 'stopped';
  /** When the audience was frozen, by which version of the segment, and how many it were. */
  asOf: Date | null;
  segment: string | null;
  audience: number | null;
  /** Null where the customer is no participant. */
  enteredAt: Date | null;
  /** The sub-segment that they are reported under. */
  label: string | null;
  node: string | null;
  dueAt: Date | null;
  /** When its decisions and messages began to be removed, but for what money rests on; null: they are kept. */
  expiredAt: Date | null;
  /** Refusals of the customer as a single entrant. */
  refused: { outcome: string; at: string }[];
}
export interface MessageFact {
  id: string;
  node: string;
  visit: number;
  state: string;
  reason: string | null;
  handoverAt: Date | null;
  decidedAt: Date;
}

const RUNS_MAX = 50;

export class WhyStore {
  constructor(private readonly pool: Pool) {}

  /** Runs of the campaign, those that the customer is in first, newest first. */
  async runs(campaign: string, customer: string): Promise<RunOfCustomer[]> {
    const { rows } = await this.pool.query<RunOfCustomer>(
      `select r.id, r.version, r.trigger_key as trigger, r.opened_by as "openedBy", r.started_at as "startedAt", r.state,
         coalesce((select c.state from controls c where c.scope = 'run/' || r.id), 'running') as control,
         r.as_of as "asOf", r.audience_count as audience,
         v.definition #>> '{segment,key}' || '@' || (v.definition #>> '{segment,version}') as segment,
         p.entered_at as "enteredAt", p.label, p.node, p.due_at as "dueAt",
         (select t.at from retentions t where t.run_id = r.id) as "expiredAt",
         (select coalesce(json_agg(json_build_object('outcome', e.outcome, 'at', e.at) order by e.no), '[]')
          from entrants e where e.run_id = r.id and e.customer_id = $2 and e.outcome <> 'entered') as refused
       from runs r
       join campaign_versions v on v.campaign = r.campaign and v.version = r.version
       left join participants p on p.customer_id = $2 and p.run_id = r.id
       where r.campaign = $1
       order by p.customer_id is null, r.started_at desc, r.id desc limit $3`,
      [campaign, customer, RUNS_MAX],
    );
    return rows;
  }

  /** By primary key. */
  async messages(ids: readonly string[]): Promise<MessageFact[]> {
    if (ids.length === 0) return [];
    const { rows } = await this.pool.query<MessageFact>(
      `select id, node, visit, state, reason, handover_at as "handoverAt", decided_at as "decidedAt" from outbox
       where id = any($1::text[]) order by decided_at, id`,
      [ids],
    );
    return rows;
  }

  /** Does the pinned rule select the customer at `now`, and which of its outermost parts hold? */
  async ruleHolds(rule: RuleGroup, customer: string, now: number): Promise<{ holds: boolean; parts: boolean[] }> {
    const values: unknown[] = [[customer]];
    const conditions = [rule, ...rule.rules.map((one): RuleGroup => ({ combinator: 'and', rules: [one] }))].map(
      (part) => {
        const compiled = compileWhere(part, { firstParam: values.length + 1, now, among: 1 });
        values.push(...compiled.values);
        return `(select ${compiled.sql} from customers c ${compiled.joins} where c.id = any($1::text[]))`;
      },
    );
    const { rows } = await this.pool.query<{ held: boolean[] }>(
      `select array[${conditions.join(', ')}] as held`,
      values,
    );
    const [holds = false, ...parts] = rows[0]?.held ?? [];
    return { holds, parts };
  }

  /** The customer at the journey's start, as a cohort would find them at `now`. */
  async factsToday(
    customer: Customer,
    journey: PreparedJourney,
    now: number,
    journeyOf: (runId: string) => Promise<PreparedJourney>,
  ): Promise<{ facts: ParticipantFacts; policies: ContactPolicy[]; closed: ReadonlySet<string> }> {
    const policies = await policiesInForce(this.pool);
    const closed = await closedAmong(this.pool, scopesOfChoices(journey));
    const person = { id: customer.id, zone: customer.zone };
    const seen = await contactsSeen(this.pool, [person], policies, now);
    const rivals = await rivalsOf(this.pool, { runId: '', now }, journey.priority, [customer.id], policies, journeyOf);
    const exclusions = await exclusionsOf(this.pool, [customer.id], now);
    const { status, zone, gateVersion, consents, addresses, attrVersion, attributes } = customer;
    const facts: ParticipantFacts = {
      customerId: customer.id,
      node: journey.start,
      visit: 1,
      wave: 0,
      waveAt: null,
      windowEndAt: null,
      responded: false,
      respondedNodes: [],
      answers: {},
      gate: { status, gateVersion, zone, consents, addresses, excludedBy: exclusions.of(customer.id) },
      attrVersion,
      attributes,
      seen: seen.get(customer.id) ?? policies.map(() => 0),
      rivals: rivals.get(customer.id) ?? [],
      eventsSinceWave: [],
      payoutEvents: [],
      rewards: {},
    };
    return { facts, policies, closed };
  }
}
