-- The question of the bench `segment` as somebody would write it by hand who knows the tables, what is in them, and the plan that it should get: few
-- have bought so often, so all else is asked of those, and what they spent only of those whose grade does not say enough. $1 is the business now.
select count(*) as n
from (
  select customer_id
  from events
  where name = 'purchase' and occurred_at >= $1::timestamptz - interval '90 days' and occurred_at < $1
  group by customer_id
  having count(*) >= 3
) bought
join customers c on c.id = bought.customer_id
where (c.attributes ->> 'age')::numeric between 30 and 49
  and (c.consents -> 'push:advertising' ->> 'granted')::boolean
  and not exists (
    select from events e
    where e.customer_id = c.id and e.name = 'login' and e.occurred_at >= $1::timestamptz - interval '30 days' and e.occurred_at < $1
  )
  and (
    c.attributes ->> 'grade' in ('vip', 'gold')
    or (
      select sum((e.properties ->> 'amount')::numeric)
      from events e
      where e.customer_id = c.id and e.name = 'purchase' and e.occurred_at >= timestamptz '2026-08-01 00:00 Asia/Seoul' and e.occurred_at < $1
    ) >= 1000000
  )
