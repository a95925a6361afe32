/**
 * What a calendar shows: runs and starts of all campaigns, and the contacts that were made by day and policy. Each answer is one statement over a bounded
 * span of days.
 */
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import type { Campaign, LaunchedCampaign } from '../domain/journey/definition.js';
import type { Pool } from './pool.js';
import type { StartRow } from './starts.store.js';

/** Half-open: from ≤ at < to. */
export interface Span {
  from: Date;
  to: Date;
}
export interface CalendarRun {
  id: string;
  campaign: string;
  state: 'opening' | 'running' | 'closed';
  startedAt: Date;
  definition: LaunchedCampaign;
  audience: number | null;
  /** Still under way. */
  active: number;
}
export interface CalendarStart extends StartRow {
  definition: LaunchedCampaign;
  /** Of the campaign's newest run; null: there is none. */
  lastAudience: number | null;
}
export interface CalendarDraft {
  campaign: string;
  state: 'draft' | 'validated' | 'approved';
  draft: Campaign;
}
export interface ContactDay {
  day: string;
  /** Handed over. */
  made: number;
  /** Decided, to be handed over yet. */
  reserved: number;
  /** In the order of the policies that were asked for. */
  policies: { contacts: number; people: number; full: number }[];
}

/** `more`: there are others, which nobody is told of. */
export interface Listed<T> {
  rows: T[];
  more: boolean;
}

const LIMIT = 500;
const listed = <T>(rows: T[]): Listed<T> => ({ rows: rows.slice(0, LIMIT), more: rows.length > LIMIT });

/** Customers have zones of their own; a calendar has one. */
const DAY = (zone: string) => `(t.at at time zone ${zone})::date`;

export class CalendarStore {
  constructor(private readonly pool: Pool) {}

  /** Runs that began in the span, and whatever is open, the newest first. Index: runs_open. */
  async runs({ from, to }: Span): Promise<Listed<CalendarRun>> {
    const { rows } = await this.pool.query<CalendarRun>(
      `select r.id, r.campaign, r.state, r.started_at as "startedAt", v.definition, r.audience_count as audience,
         (select coalesce(sum(c.n), 0)::bigint from counters c where c.run_id = r.id and c.measure = 'here') as active
       from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
       where r.started_at < $2 and (r.started_at >= $1 or r.state <> 'closed')
       order by r.started_at desc, r.id desc limit $3`,
      [from, to, LIMIT + 1],
    );
    return listed(rows);
  }

  /** Launched campaigns with a slot to come. */
  async starts(): Promise<Listed<CalendarStart>> {
    const { rows } = await this.pool.query<CalendarStart>(
      `select s.campaign, s.version, s.start, s.zone, s.next_at as "nextAt", v.definition,
         (select r.audience_count from runs r where r.campaign = s.campaign order by r.started_at desc limit 1) as "lastAudience"
       from campaign_starts s join campaign_versions v on v.campaign = s.campaign and v.version = s.version
       where s.next_at is not null order by s.next_at, s.campaign limit $1`,
      [LIMIT + 1],
    );
    return listed(rows);
  }

  /** What is not launched yet, and says when it would start. */
  async drafts(): Promise<Listed<CalendarDraft>> {
    const { rows } = await this.pool.query<CalendarDraft>(
      `select key as campaign, state, draft from campaigns
       where state in ('draft', 'validated', 'approved') and draft #>> '{start,type}' in ('at', 'recurring') order by key limit $1`,
      [LIMIT + 1],
    );
    return listed(rows);
  }

  /**
   * Contacts by day of `zone`; of each policy those that it counts, of how many people, and of how many that day's made as many as the cap allows in the
   * policy's window, counted by whole days. One pass over the span and the longest window before it. Index: contacts_at.
   */
  async contacts({ from, to }: Span, zone: string, policies: readonly ContactPolicy[]): Promise<ContactDay[]> {
    const values: unknown[] = [from, to, zone];
    const add = (value: unknown) => `$${values.push(value)}`;
    const counted = policies.map((policy, n) => `count(*) filter (where ${countedBy(policy, add)}) as n${n}`);
    const totals = policies.map(
      (policy, n) => `sum(n${n}) over (partition by customer_id${windowOf(policy)}) as w${n}`,
    );
    const told = policies.map(
      (
        policy,
        n,
      ) => `json_build_object('contacts', coalesce(sum(n${n}), 0), 'people', count(*) filter (where n${n} > 0),
         'full', count(*) filter (where n${n} > 0 and w${n} >= ${add(policy.cap)}))`,
    );
    const earliest = add(new Date(from.getTime() - Math.max(0, ...policies.map(daysBefore)) * DAY_MS));
    const { rows } = await this.pool.query<ContactDay>(
      `with touched as (
         select t.customer_id, ${DAY('$3')} as day, count(*) filter (where t.state = 'counted') as made,
           count(*) filter (where t.state = 'reserved') as reserved${list(counted)}
         from contacts t where t.at >= ${earliest} and t.at < $2 and t.state <> 'returned' group by 1, 2),
       seen as (select *${list(totals)} from touched)
       select day::text, sum(made)::bigint as made, sum(reserved)::bigint as reserved, json_build_array(${told.join(', ')}) as policies
       from seen where day >= ($1 at time zone $3)::date group by day order by day`,
      values,
    );
    return rows;
  }
}

const DAY_MS = 86_400_000;
const list = (columns: readonly string[]) => columns.map((column) => `, ${column}`).join('');

function countedBy({ scope, exemptInformation }: ContactPolicy, add: (value: unknown) => string): string {
  const inScope = scope.kind === 'all' ? 'true' : `t.${scope.kind} = ${add(scope.value)}::text`;
  return exemptInformation ? `${inScope} and t.purpose <> 'information'` : inScope;
}

const CALENDAR_DAYS = { day: 0, week: 6, month: 30 } as const;

/** Whole days before the first that its window may reach. */
function daysBefore({ window }: ContactPolicy): number {
  return window.kind === 'calendar' ? CALENDAR_DAYS[window.unit] : Math.ceil(window.spanMs / DAY_MS) - 1;
}

function windowOf({ window }: ContactPolicy): string {
  if (window.kind === 'calendar') return `, date_trunc('${window.unit}', day) order by day`;
  const days = Math.ceil(window.spanMs / DAY_MS) - 1;
  return ` order by day range between interval '${days} days' preceding and current row`;
}
