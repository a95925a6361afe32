/**
 * Business hours of providers, as workers were configured with them, judged on the provider's wall clock by Postgres: what waits for an opening is
 * not late (law 8), and nothing is handed over outside (law 6).
 */
import { ofRun, type Check } from './check.js';
import { LATE } from './lateness.js';

/** SQL: whether the hours `h` are open at a business time. Over midnight, a day is the one on which they begin. */
export const isOpen = (at: string) => `(h.from_minute is null or (
  select case
    when h.from_minute < h.to_minute then t.minute >= h.from_minute and t.minute < h.to_minute and (h.days is null or t.day = any(h.days))
    else t.minute >= h.from_minute and (h.days is null or t.day = any(h.days))
      or t.minute < h.to_minute and (h.days is null or t.eve = any(h.days)) end
  from (select extract(hour from l.at) * 60 + extract(minute from l.at) as minute, extract(isodow from l.at) as day,
               extract(isodow from l.at - interval '1 day') as eve
        from (select ${at} at time zone h.zone as at) l) t))`;

/** Shut now or until just now, or its hours have just been changed. */
export const restsByHours = (provider: string) => `exists (
  select from (select * from provider_hours h where h.provider = ${provider} order by h.no desc limit 1) h
  where not ${isOpen('k.business_now')} or not ${isOpen(`(k.business_now - ${LATE})`)} or h.since > k.database_now - ${LATE})`;

/** A worker that is being replaced may still have the hours of before. */
const REPLACED = `interval '10 minutes'`;

/** Attempts that were opened when hours had been kept for a while. */
const SUBMITTED = `payout_attempts a join payouts p on p.key = a.payout_key and ${ofRun('p.run_id')}
  and exists (select from provider_hours h where h.provider = a.provider and h.since <= a.opened_at - ${REPLACED})
  and not exists (select from decision_contexts x where x.id = a.context_id and x.kind = 'restoration')`;

export const insideHours: Check = {
  what: 'nothing was submitted outside its provider’s business hours',
  wrong: 'submitted although its provider was shut',
  rows: `select count(*) from ${SUBMITTED}`,
  find: `select a.payout_key as payout, a.attempt, a.provider, a.now::text as now from ${SUBMITTED}
         where not exists (
           select from provider_hours h where h.provider = a.provider and h.since <= a.opened_at and ${isOpen('a.now')}
             and not exists (select from provider_hours n where n.provider = h.provider and n.no > h.no and n.since <= a.opened_at - ${REPLACED}))`,
};
