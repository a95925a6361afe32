-- Why: rewards that are drawn from a lucky box: a committed seed, a number per draw, fixed odds and stock, and the seed revealed at the close.
-- Workers: stop old ones before the first campaign with a lucky box is launched; they cannot draw. API: may go on; an old one knows no boxes.

create table lucky_boxes (
  key text collate "C" primary key,
  name text not null,
  currency text not null,
  state text not null default 'draft' check (state in ('draft', 'open', 'closed')),
  terms text, -- what is committed to: prizes, odds and stock as text
  commitment bytea check (octet_length(commitment) = 32), -- SHA-256 of seed and terms
  sealed_seed bytea check (octet_length(sealed_seed) = 68), -- key id, nonce, AES-256-GCM ciphertext, tag
  seed bytea check (octet_length(seed) = 32), -- revealed at the close
  created_by text not null,
  created_at timestamptz not null,
  opened_at timestamptz,
  closed_at timestamptz,
  closed_by text,
  close_reason text,
  check (num_nonnulls(terms, commitment, sealed_seed, opened_at) = case state when 'draft' then 0 else 4 end),
  check (num_nonnulls(seed, closed_at, closed_by, close_reason) = case state when 'closed' then 4 else 0 end),
  constraint lucky_boxes_kept_word check (seed is null or sha256(seed || convert_to(terms, 'UTF8')) = commitment)
);
comment on table lucky_boxes is 'lucky boxes: a draft may change, an open one is only closed, a closed one stays as it is';

create table lucky_prizes (
  box text collate "C" not null references lucky_boxes (key),
  no smallint not null check (no >= 0), -- the last one is the fallback
  name text not null,
  kind text not null check (kind in ('cashback', 'coupon', 'point', 'nothing')),
  amount bigint not null, -- minor units; 0 of nothing
  weight bigint not null check (weight >= 0),
  stock bigint check (stock > 0), -- null: without end
  drawn bigint not null default 0 check (drawn >= 0),
  primary key (box, no),
  constraint lucky_prizes_amount check (amount >= 0 and (amount = 0) = (kind = 'nothing')),
  constraint lucky_prizes_stock check (drawn <= stock)
);
comment on table lucky_prizes is 'prizes of lucky boxes: of an open one only what was drawn of them counts up';

create table lucky_draws (
  box text collate "C" not null,
  no bigint not null check (no > 0), -- 1, 2, 3 … of the box
  payout_key text collate "C" not null unique, -- of the slot's first generation, whether or not it became a payout
  run_id text collate "C" not null,
  prize smallint not null,
  amount bigint not null check (amount >= 0), -- minor units; 0: nothing was drawn, and no payout is
  late_event bigint, -- of a late response that earned it
  at timestamptz not null, -- business time
  primary key (box, no),
  foreign key (box, prize) references lucky_prizes (box, no)
);
comment on table lucky_draws is 'append-only: every draw of every lucky box';
create trigger lucky_draws_append_only before update or delete on lucky_draws for each row execute function refuse_change();
create trigger lucky_draws_no_truncate before truncate on lucky_draws for each statement execute function refuse_change();

create function keep_lucky_box() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.key = new.key and (old.state = 'draft' and new.state in ('draft', 'open') or old.state = 'open' and new.state = 'closed'
     and (new.name, new.currency, new.terms, new.commitment, new.sealed_seed, new.created_by, new.created_at, new.opened_at)
       = (old.name, old.currency, old.terms, old.commitment, old.sealed_seed, old.created_by, old.created_at, old.opened_at)) then
    return new;
  end if;
  raise exception 'a lucky box is kept from its opening on' using errcode = '42501';
end $$;
create trigger lucky_boxes_kept before update or delete on lucky_boxes for each row execute function keep_lucky_box();
create trigger lucky_boxes_no_truncate before truncate on lucky_boxes for each statement execute function refuse_change();

create function keep_lucky_prize() returns trigger language plpgsql as $$
declare box_state text;
begin
  select state into box_state from lucky_boxes where key = case tg_op when 'DELETE' then old.box else new.box end;
  if box_state = 'draft' and (tg_op = 'DELETE' or new.drawn = 0) then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'UPDATE' and box_state = 'open' and new.drawn > old.drawn
     and (new.box, new.no, new.name, new.kind, new.amount, new.weight) = (old.box, old.no, old.name, old.kind, old.amount, old.weight)
     and new.stock is not distinct from old.stock then
    return new;
  end if;
  raise exception 'the prizes of a lucky box are kept from its opening on' using errcode = '42501';
end $$;
create trigger lucky_prizes_kept before insert or update or delete on lucky_prizes for each row execute function keep_lucky_prize();
create trigger lucky_prizes_no_truncate before truncate on lucky_prizes for each statement execute function refuse_change();

alter table exports drop constraint exports_kind_check;
alter table exports add constraint exports_kind_check check (kind in ('statement', 'report', 'payouts', 'entries', 'draws'));
