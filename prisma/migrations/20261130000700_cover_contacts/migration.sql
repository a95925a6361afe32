-- Why: what counts against a decision is read from the index alone: a customer's contacts lie far apart in the table, in the order of their time.
-- Workers: may go on; writes to contacts wait while the index is made.
drop index contacts_customer;
create index contacts_customer on contacts (customer_id, at) include (state, channel, purpose, product) where state <> 'returned';
