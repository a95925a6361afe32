-- Why: whoever writes a message sees it on their own phone before a customer does: a test goes to people of the installation alone, at addresses that an
-- administrator keeps, and the audit tells it from a message that nobody asked for.
-- Workers: may go on; they know nothing of tests.

create table test_recipients (
  person text collate "C" primary key references people (id),
  addresses jsonb not null, -- push, phone, email: each at most once
  kept_by text not null,
  kept_at timestamptz not null
);
comment on table test_recipients is 'people who may be sent tests of messages, and where';

create table test_messages (
  id text collate "C" primary key check (id like 'test/%'),
  person text collate "C" not null references people (id),
  template text collate "C", -- null: not kept yet
  channel text not null,
  purpose text not null,
  gateway text collate "C" not null,
  body_sha256 bytea not null, -- of the text as it was handed over, which is kept nowhere
  state text not null default 'submitting' check (state in ('submitting', 'accepted', 'rejected', 'not_acted', 'unknown')),
  reason text,
  reference text,
  sent_by text not null,
  sent_at timestamptz not null
);
create index test_messages_newest on test_messages (sent_at desc, id);
create index test_messages_of_sender on test_messages (sent_by, sent_at);
comment on table test_messages is 'tests of messages: handed over in one attempt each, never again, and counted as nobody''s contact';
