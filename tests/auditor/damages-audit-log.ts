/**
 * Damages to the audit log: a line that was edited, removed, doubled, put elsewhere or added behind its seal, and seals that are not those of the lines.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

/** The third seal and its line; there are others before and after it. */
const NO = 3;
const lineOf = ({ value }: Hands) => value('select line from audit_log_seals where no = $1', [NO]);

/** Statements with the seal's number as `$1`; the violation bears the number. */
const onSeal =
  (...statements: string[]) =>
  async ({ sql }: Hands) => {
    for (const statement of statements) await sql(statement, [NO]);
    return String(NO);
  };
const LINE = '(select line from audit_log_seals where no = $1)';
const edited = (what: string, set: string): Damage => ({
  law: 3,
  what: `a line of the audit log with another ${what}`,
  do: onSeal(`update audit_log set ${set} where no = ${LINE}`),
});

const law3: Damage[] = [
  edited('actor', `actor = 'nobody'`),
  edited('reason', `reason = 'it was agreed'`),
  edited('state after', `after = after || '{"forged": true}'`),
  edited('time of recording, by a microsecond', `recorded_at = recorded_at + interval '1 microsecond'`),
  {
    law: 3,
    what: 'a line of the audit log that is gone',
    async do(hands) {
      const line = await lineOf(hands);
      await hands.sql('delete from audit_log where no = $1', [line]);
      return line;
    },
  },
  {
    law: 3,
    what: 'a line of the audit log that is there twice',
    async do(hands) {
      const line = await lineOf(hands);
      await hands.sql('alter table audit_log drop constraint audit_log_pkey cascade');
      await hands.sql('insert into audit_log overriding system value select * from audit_log where no = $1', [line]);
      return line;
    },
  },
  {
    law: 3,
    what: 'two lines of the audit log in each other’s place',
    async do({ sql }) {
      await sql(`update audit_log l set at = o.at, actor = o.actor, action = o.action, subject = o.subject, reason = o.reason, before = o.before,
          after = o.after, recorded_at = o.recorded_at
        from audit_log o, audit_log_seals s, audit_log_seals t
        where s.no in (${NO}, ${NO + 1}) and t.no = ${2 * NO + 1} - s.no and l.no = s.line and o.no = t.line`);
      return String(NO);
    },
  },
  {
    law: 3,
    what: 'a line of the audit log that is sealed twice',
    async do(hands) {
      const line = await lineOf(hands);
      await hands.sql('alter table audit_log_seals drop constraint audit_log_seals_line_key');
      await hands.sql(
        `insert into audit_log_seals select max(no) + 1, $1, (array_agg(hash order by no desc))[1], sha256('') from audit_log_seals`,
        [line],
      );
      return line;
    },
  },
  { law: 3, what: 'a seal of the audit log that is gone', do: onSeal('delete from audit_log_seals where no = $1') },
  {
    law: 3,
    what: 'a seal of the audit log that was hashed again',
    do: onSeal(`update audit_log_seals s set hash = sha256(s.previous || convert_to('forged', 'UTF8')) where no = $1`),
  },
  {
    law: 3,
    what: 'the end of the audit log cut off, with its seals, that a signed head names',
    async do({ sql, value }) {
      const head = `(select log_through from signed_heads where kind = 'head' order by no desc limit 1)`;
      const no = await value(`select max(no) from signed_heads where kind = 'head'`);
      await sql(`delete from audit_log where no in (select line from audit_log_seals where no >= ${head})`);
      await sql(`delete from audit_log_seals where no >= ${head}`);
      return no;
    },
  },
];

const law8: Damage[] = [
  {
    law: 8,
    what: 'a line of the audit log that nobody seals',
    do: ({ value }) =>
      value(`insert into audit_log (at, actor, action, subject, recorded_at)
        values (now(), 'nobody', 'payout.approved', 'payout/forged', clock_timestamp() - interval '2 minutes') returning no`),
  },
];

export const AUDIT_LOG = [...law3, ...law8];
