/**
 * Law 7, continued: the sub-segment that a participant is reported under is one that their campaign names; whoever was moved to a newer version keeps
 * what an older one gave.
 */
import { count, ofRun, type Check } from './check.js';

export const labels: Check[] = [
  {
    what: 'the label of each participant is one that the launched version names',
    wrong: 'a label that the version does not name',
    rows: count('participants', `label is not null and ${ofRun('run_id')}`),
    find: `with named as (
             select distinct r.id, l->>'name' as name from runs r
             join campaign_versions v on v.campaign = r.campaign
               and (v.version = r.version or r.trigger_key like 'migrated-%' and v.version < r.version)
             cross join jsonb_array_elements(v.definition->'labels') l where ${ofRun('r.id')})
           select p.run_id as run, p.customer_id as customer, p.label from participants p
           left join named n on n.id = p.run_id and n.name = p.label
           where p.label is not null and n.id is null and ${ofRun('p.run_id')}`,
  },
];
