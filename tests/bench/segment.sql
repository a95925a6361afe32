-- The question of the bench `segment` as somebody would write it by hand who knows the tables and what is in them. $1 is the business now.
select count(*) as n
from customers c
join (
  select customer_id
  from events
  where name = 'purchase' and occurred_at >= $1::timestamptz - interval '90 days' and occurred_at < $1
  group by customer_id
  having count(*) >= 3
) bought on bought.customer_id = c.id
where (c.attributes ->> 'age')::numeric between 30 and 49
  and (c.consents -> 'push:advertising' ->> 'granted')::boolean
  and not exists (
    select from events e
    where e.customer_id = c.id and e.name = 'login' and e.occurred_at >= $1::timestamptz - interval '30 days' and e.occurred_at < $1
  )
  and (
    c.attributes ->> 'grade' in ('vip', 'gold')
    or c.id in (
      select customer_id
      from events
      where name = 'purchase' and occurred_at >= timestamptz '2026-08-01 00:00 Asia/Seoul' and occurred_at < $1
      group by customer_id
      having sum((properties ->> 'amount')::numeric) >= 1000000
    )
  )
