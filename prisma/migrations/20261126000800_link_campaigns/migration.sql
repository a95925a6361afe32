-- Why: a journey may end in a link to another campaign. The cohort that ends it writes a row; what lets the customer in is an event made of it.
-- Workers: stop them, an old one tells nobody's link. API: may go on; it launches no campaign that starts by link.

create table links (
  id text collate "C" primary key, -- the event's message id
  customer_id text collate "C" not null,
  run_id text collate "C" not null references runs (id),
  node text collate "C" not null,
  visit smallint not null,
  campaign text collate "C" not null, -- that it leads to
  at timestamptz not null,
  outcome text check (outcome in ('entered', 'refused', 'not_open')) -- null: not told yet
);
create index links_untold on links (id) where outcome is null;
create index links_customer on links (customer_id);
