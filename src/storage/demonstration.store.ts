/**
 * How far somebody is with a demonstration, told from what the audit log, the runs and the books say: nothing is kept for it. Read over the whole of
 * tables that are small in a demonstration, never in a bank's installation.
 */
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import type { Client, Pool } from './pool.js';

export interface FaultFacts {
  /** Business time. */
  at: Date;
  until: Date;
  /** Payouts since then whose answer was lost. */
  lost: number;
  /** Of the provider, of which nobody knows now. */
  ambiguous: number;
  /** Payouts that were paid by more than one transfer. */
  doubled: number;
  /** Customers of the campaign and payouts of anybody that are still to come to an end: until then a match finds the day unfinished. */
  underWay: number;
  /** The newest match of a day since it is over. */
  matched: { day: string; payments: number; differences: number } | null;
}

export interface DemonstrationFacts {
  run: string | null;
  watched: boolean;
  changed: boolean;
  /** Key of a campaign of somebody's own. */
  launched: string | null;
  fault: FaultFacts | null;
}

export interface Shown {
  campaign: string;
  provider: string;
}

/** $1 campaign. People's ids begin with p_ (keys.store.ts). */
const STEPS = `
  select (select id from runs where campaign = $1 order by started_at desc, id limit 1) as run,
    exists (select from payouts where campaign = $1 and wave > 1 and state in ('paid', 'settled')) as watched,
    exists (select from audit_log where starts_with(actor, 'p_') and (
      (action = 'campaign.edit' and subject = 'campaign/' || $1)
      or (action = 'segment.put' and subject in (
        select 'segment/' || (draft ->> 'segment') from campaigns where key = $1)))) as changed,
    (select campaign from campaign_versions where starts_with(launched_by, 'p_') and campaign <> $1
      order by launched_at desc, campaign limit 1) as launched`;

/** What moves bears the time at which its turn began. */
const TURN = `interval '3 seconds'`;

/** $1 subject, $2 provider, $3 campaign: of the last fault, which somebody may have ended before its time. */
const FAULT = `
  with begun as (
    select no, at, at + (after ->> 'seconds')::int * interval '1 second' as until from audit_log
    where action = 'demonstration.break' and subject = $1 order by no desc limit 1),
  fault as (
    select b.at, least(b.until, (select min(l.at) from audit_log l where l.action = 'demonstration.heal' and l.subject = $1 and l.no > b.no)) as until
    from begun b)
  select f.at, f.until,
    (select count(*)::int from (
      select payout_key from payout_moves where to_state = 'ambiguous' and at >= f.at - ${TURN}
      union select key from payouts where provider = $2 and state = 'ambiguous') l) as lost,
    (select count(*)::int from payouts p where p.provider = $2 and p.state = 'ambiguous') as ambiguous,
    (select count(*)::int from (select from ledger_transfers where kind = 'pay' group by payout_key having count(*) > 1) t) as doubled,
    (select (select count(*) from participants a join runs r on r.id = a.run_id where r.campaign = $3 and a.state = 'active')
      + (select count(*) from payouts where state not in ('paid', 'settled', 'rejected', 'reversed', 'cancelled')))::int as "underWay",
    (select json_build_object('day', m.day, 'payments', m.posted, 'differences', (
        select count(*) from settlement_breaks b where b.provider = m.provider and b.day = m.day and b.state = 'open'))
      from settlement_matches m where m.provider = $2 and m.at >= f.until order by m.no desc limit 1) as matched
  from fault f`;

const subjectOf = (provider: string) => `provider/${provider}`;

export class DemonstrationStore {
  constructor(private readonly pool: Pool) {}

  async facts({ campaign, provider }: Shown): Promise<DemonstrationFacts> {
    const { rows } = await this.pool.query<Omit<DemonstrationFacts, 'fault'>>(STEPS, [campaign]);
    const faults = await this.pool.query<FaultFacts>(FAULT, [subjectOf(provider), provider, campaign]);
    const [steps] = rows;
    if (!steps) throw new Error('invariant: a row of facts');
    return { ...steps, fault: faults.rows[0] ?? null };
  }

  /** `seconds` 0: it is well again. */
  async say(client: Client, provider: string, seconds: number, { by, now }: Authored): Promise<void> {
    const action = seconds > 0 ? 'demonstration.break' : 'demonstration.heal';
    const after = seconds > 0 ? { fault: 'paid_then_silent', seconds } : { fault: null };
    await appendAudit(client, { at: now, actor: by, action, subject: subjectOf(provider), after });
  }
}
