-- Why: what one customer may get in rewards within a window, over all campaigns, is limited by finance.
-- Workers: stop old ones before the first cap is put in force; they would not see it.

create table reward_caps (
  key text collate "C" not null,
  version int not null,
  scope jsonb not null,  -- {"kind": "all"} | {"kind": "kind" | "budget", "value": …}
  "window" jsonb not null, -- {"kind": "rolling", "spanMs": …} | {"kind": "calendar", "unit": "day" | "week" | "month"}
  "limit" jsonb not null, -- {"kind": "count", "max": …} | {"kind": "amount", "max": minor units, "currency": …}
  active boolean not null default true,
  created_by text not null,
  created_at timestamptz not null,
  primary key (key, version)
);
comment on table reward_caps is 'append-only: every version of every cap on rewards; the newest version of a key is in force';
create trigger reward_caps_append_only before update or delete on reward_caps for each row execute function refuse_change();
create trigger reward_caps_no_truncate before truncate on reward_caps for each statement execute function refuse_change();
