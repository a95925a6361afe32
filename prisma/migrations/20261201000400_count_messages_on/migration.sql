-- Why: a gateway that says "later" for half a day, once a second, brings what is first in its queue beyond 32,767 attempts, and every claim of the shard fails from then
-- on. An int lasts for 68 years of that. The numbers stand for something (each is in a `webhook-id`, and fences answers), so none may come twice: they cannot stand still.
-- A table of its own each, so that none is held while another is waited for.
-- Workers: may run; what they write to messages waits while the table is rewritten. Of an old one the count still ends where it did.

alter table outbox alter column attempts type int;
