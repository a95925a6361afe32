/**
 * What campaigns say of paying, read once for each run: of a payout at a time, a long definition costs more than all else that is done with it.
 */

/** To follow `with`; of the payouts with these keys, as SQL. By `run_id`: when_withdrawn, approval, launched_by, opened_by. */
export const termsOfPayouts = (keys: string): string => `terms as materialized (
  select r.id as run_id, coalesce(v.definition #>> '{campaign,payoutWhenWithdrawn}', 'hold') as when_withdrawn,
         coalesce(v.definition #> '{campaign,payoutApproval}', '"none"') as approval, v.launched_by, r.opened_by
  from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  where r.id in (select run_id from payouts where key = any(${keys}::text[])))`;
