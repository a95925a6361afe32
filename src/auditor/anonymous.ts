/**
 * Events of anonymous ids: once somebody was identified with an id, all of its events join that customer (law 8).
 */
import { count, type Check } from './check.js';
import { CLOCK, LATE } from './lateness.js';

export const anonymousJoined: Check[] = [
  {
    what: 'no event of an anonymous id waits for more than 60 s for the customer who was identified with it',
    wrong: 'an event whose customer is known, and nobody lets it join them',
    rows: count('anonymous_events', '$1::text is null'),
    find: `select e.message_id as event, a.customer_id as customer, a.claimed_at::text as identified
           from ${CLOCK} cross join anonymous_ids a join anonymous_events e on e.anonymous_id = a.anonymous_id
           where $1::text is null and a.customer_id is not null
             and greatest(a.claimed_at, e.received_at) < k.business_now - ${LATE}`,
  },
];
