-- Why: people sign in, and who acts is one person, whether by a session or by a key of theirs. No secret is kept: hashes of tokens alone, and of passwords.
-- Workers: may go on. Keys that are there already belong to nobody, as before.
-- Times here are Temporal's, never business time: an installation's epoch keeps nobody signed in.

create table people (
  id text collate "C" primary key check (id ~ '^p_[0-9a-f]{12}$'),
  account text collate "C" unique check (account ~ '^(?!p_)[a-z0-9][a-z0-9._@+-]{0,99}$'), -- like no id; what they sign in as; null: by the identity provider alone
  name text not null check (name <> ''),
  email text,
  roles text[] not null check (roles <@ array['marketer', 'approver', 'finance', 'operator', 'admin']),
  state text not null default 'active' check (state in ('active', 'suspended')),
  password text check (password like 'scrypt$%'), -- its hash with salt and cost
  issuer text,  -- of the identity provider, with what it calls the person
  subject text,
  created_by text not null,
  created_at timestamptz not null,
  unique (issuer, subject),
  check ((issuer is null) = (subject is null)),
  check (account is not null or subject is not null)
);
create unique index people_email on people (lower(email)); -- nobody is two people

create table sessions (
  token_sha256 bytea primary key,
  person text collate "C" not null references people (id),
  via text not null check (via in ('link', 'password', 'oidc')),
  began_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz
);
create index sessions_open on sessions (person) where ended_at is null;

create table sign_in_links (
  token_sha256 bytea primary key,
  person text collate "C" not null references people (id),
  made_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index sign_in_links_open on sign_in_links (person) where used_at is null;

-- Whose key it is, from its making on: what they do with it, they have done. Null: nobody's.
alter table api_keys add column owner text collate "C" references people (id);
