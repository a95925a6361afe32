/**
 * Signing in on the real tables: what lets somebody in does so once, for a time, and whoever was suspended is out; no secret can be read back.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createKey, KeysStore, parseKey, SYSTEM_ROLES } from '../../src/storage/keys.store.js';
import { PasswordsStore } from '../../src/storage/passwords.store.js';
import { PeopleStore, type PersonRole } from '../../src/storage/people.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { IDLE_MS, SESSION_MS, SessionsStore } from '../../src/storage/sessions.store.js';
import { LINK_MS } from '../../src/storage/sign-in-links.js';
import { SignInStore } from '../../src/storage/sign-in.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables } from '../support/seed.js';
import { until } from '../support/stack.js';

const NOW = Date.parse('2026-03-10T09:00:00Z');
const PASSWORD = 'correct horse battery';
const said = { by: 'test', reason: 'because', now: NOW, at: NOW };
const terms = (now = NOW, instead: string | null = null) => ({ now, at: now, instead });

describe('signing in', () => {
  let database: TestDatabase;
  let pool: Pool;
  let people: PeopleStore;
  let signIns: SignInStore;
  let sessions: SessionsStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    [people, signIns, sessions] = [new PeopleStore(pool), new SignInStore(pool), new SessionsStore(pool)];
  });
  beforeEach(() => emptyTables(database.pool));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const add = async (account = 'mina', roles: PersonRole[] = ['marketer']) => {
    const person = await people.add({ account, name: account, email: null, roles, oidc: null }, said);
    if (!person) throw new Error('not added');
    return person.id;
  };
  const link = async (person: string, now = NOW) => {
    const made = await people.link(person, { reset: false }, { ...said, now });
    return made?.token ?? '';
  };
  const enter = async (person: string) => {
    const begun = await signIns.byLink(await link(person), terms());
    return begun?.token ?? '';
  };
  const setPassword = async (person: string) => {
    const session = await enter(person);
    await new PasswordsStore(pool).change(person, { current: null, next: PASSWORD }, { session, now: NOW, at: NOW });
    return session;
  };
  const inside = async (token: string, now = NOW) => (await sessions.find(token, now)) !== null;

  it('by a link works once, whoever is quicker', async () => {
    const person = await add();
    const token = await link(person);
    const tries = await Promise.all(Array.from({ length: 8 }, () => signIns.byLink(token, terms())));
    const begun = tries.filter((one) => one !== null);
    expect(begun.map((one) => one.person)).toEqual([{ id: person, name: 'mina', roles: ['marketer'] }]);
    expect(await signIns.byLink(token, terms())).toBeNull();
  });

  it('by a link ends with its hour, with a newer link, and with its person', async () => {
    const person = await add();
    const [late, good] = [NOW + LINK_MS, NOW + LINK_MS - 1];
    expect(await signIns.byLink(await link(person), terms(late))).toBeNull();
    expect(await signIns.byLink(await link(person), terms(good))).not.toBeNull();
    const older = await link(person);
    const newer = await link(person);
    expect(await signIns.byLink(older, terms())).toBeNull();
    await people.setState(person, 'suspended', said);
    await people.setState(person, 'active', said);
    expect(await signIns.byLink(newer, terms())).toBeNull();
    for (const text of ['', 'x', 'A'.repeat(43)]) expect(await signIns.byLink(text, terms())).toBeNull();
  });

  it('lasts while it is used, and never beyond a working day', async () => {
    const person = await add();
    const idle = await enter(person);
    expect([await inside(idle, NOW + IDLE_MS - 1), await inside(idle, NOW + 2 * IDLE_MS - 2)]).toEqual([true, true]);
    expect(await inside(idle, NOW + 3 * IDLE_MS)).toBe(false);
    const used = await enter(person);
    for (let now = NOW; now < NOW + SESSION_MS; now += IDLE_MS / 2) expect(await inside(used, now)).toBe(true);
    expect(await inside(used, NOW + SESSION_MS)).toBe(false);
  });

  it('is new each time, and ends the one that the browser had', async () => {
    const person = await add();
    const planted = await enter(person);
    const begun = await signIns.byLink(await link(person), terms(NOW, planted));
    expect(begun?.token).not.toBe(planted);
    expect([await inside(planted), await inside(begun?.token ?? '')]).toEqual([false, true]);
  });

  it('has the roles of this moment, and ends at once for whoever is suspended or let in anew', async () => {
    const person = await add();
    const token = await enter(person);
    await people.setRoles('mina', ['finance', 'operator'], said);
    expect((await sessions.find(token, NOW))?.roles).toEqual(['finance', 'operator']);
    await people.setState('mina', 'suspended', said);
    await people.setState('mina', 'active', said);
    expect(await inside(token)).toBe(false);
    const again = await setPassword(person);
    await people.link(person, { reset: true }, said);
    expect(await inside(again)).toBe(false);
    expect(await signIns.byPassword('mina', PASSWORD, terms())).toBeNull();
  });

  it('by a password takes the right one of who may sign in, however the account is typed', async () => {
    await setPassword(await add());
    await add('none');
    const enters = async (account: string, password: string) =>
      (await signIns.byPassword(account, password, terms())) !== null;
    expect([await enters('mina', PASSWORD), await enters('MINA', PASSWORD)]).toEqual([true, true]);
    expect([await enters('mina', `${PASSWORD} `), await enters('none', PASSWORD)]).toEqual([false, false]);
    expect(await enters('nobody', PASSWORD)).toBe(false);
    await people.setState('mina', 'suspended', said);
    expect(await enters('mina', PASSWORD)).toBe(false);
  });

  it('changes a password for whoever knows the present one, and ends the other sessions', async () => {
    const person = await add();
    const mine = await setPassword(person);
    const other = (await signIns.byPassword('mina', PASSWORD, terms()))?.token ?? '';
    const change = (current: string | null) =>
      new PasswordsStore(pool).change(person, { current, next: 'another one!' }, { session: mine, now: NOW, at: NOW });
    expect([await change(null), await change('wrong'), await inside(other)]).toEqual([false, false, true]);
    expect([await change(PASSWORD), await inside(mine), await inside(other)]).toEqual([true, true, false]);
  });

  it('lets nobody in by a password that is being taken away, and nobody set one by a session that is', async () => {
    const person = await add();
    await setPassword(person);
    const resetting = await database.pool.connect();
    await resetting.query('begin');
    await resetting.query('update people set password = null where id = $1', [person]);
    const entering = signIns.byPassword('mina', PASSWORD, terms());
    await blocked('for share');
    await resetting.query('commit');
    expect(await entering).toBeNull();

    const token = await enter(person);
    await resetting.query('begin');
    await resetting.query('select from people where id = $1 for update', [person]);
    await resetting.query('update sessions set ended_at = now() where person = $1', [person]);
    const asked = { session: token, now: NOW, at: NOW };
    const setting = new PasswordsStore(pool).change(person, { current: null, next: 'another one!' }, asked);
    await blocked('for update');
    await resetting.query('commit');
    resetting.release();
    expect(await setting).toBe(false);
  });

  /** A statement that ends like this waits for somebody's lock. */
  const blocked = (end: string) =>
    until('it waits', async () => {
      const { rowCount } = await database.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
        [`%${end}`],
      );
      return rowCount === 1;
    });

  it('leaves no secret in the database', async () => {
    const person = await add();
    const session = await setPassword(person);
    const pending = await link(person);
    const { rows } = await database.pool.query<{ text: string }>(
      `select (select json_agg(t)::text from people t) || (select json_agg(t)::text from sessions t)
         || (select json_agg(t)::text from sign_in_links t) || (select json_agg(t)::text from audit_log t) as text`,
    );
    const text = rows[0]?.text ?? '';
    expect(text).toContain('scrypt$');
    for (const secret of [PASSWORD, session, pending])
      for (const form of [
        secret,
        Buffer.from(secret).toString('hex'),
        Buffer.from(secret, 'base64url').toString('hex'),
      ])
        expect(text).not.toContain(form);
  });

  it('is told in the audit log, by the person', async () => {
    const person = await add();
    const token = await enter(person);
    await sessions.end(token, person, { now: NOW, business: NOW });
    await sessions.end(token, person, { now: NOW, business: NOW });
    const { rows } = await pool.query('select actor, action, subject, after from audit_log order by no offset 1');
    expect(rows).toEqual([
      { actor: 'test', action: 'person.link', subject: `person/${person}`, after: null },
      { actor: person, action: 'session.begin', subject: `person/${person}`, after: { via: 'link' } },
      { actor: person, action: 'session.end', subject: `person/${person}`, after: null },
    ]);
  });

  describe('a key of a person', () => {
    const keyOf = async (owner: string, role = 'marketer') => {
      const text = await createKey(pool, { name: 'k', role, owner }, { by: 'test', reason: 'because', now: NOW });
      return parseKey(text)?.id ?? '';
    };
    const found = async (id: string) => (await new KeysStore(pool).find(id))?.actor ?? null;

    it('acts as the person, and does what both may', async () => {
      const person = await add();
      const id = await keyOf(person);
      expect(await found(id)).toEqual({ id: person, name: 'mina', roles: ['marketer'], key: id });
      await people.setRoles(person, ['finance'], said);
      expect(await found(id)).toBeNull();
      await people.setRoles(person, ['finance', 'marketer'], said);
      expect(await found(id)).not.toBeNull();
      await people.setState(person, 'suspended', said);
      expect(await found(id)).toBeNull();
    });

    it('is made for nobody who may not do as much', async () => {
      const person = await add();
      await expect(keyOf(person, 'finance')).rejects.toThrow('has not got that role');
      await expect(keyOf('p_000000000000')).rejects.toThrow('has not got that role');
      for (const role of SYSTEM_ROLES)
        expect(await found(await keyOf(person, role))).toMatchObject({ id: person, roles: [role] });
      await people.setState(person, 'suspended', said);
      await expect(keyOf(person)).rejects.toThrow('has not got that role');
    });
  });

  describe('by the identity provider', () => {
    const claimed = (over: object = {}) => ({
      issuer: 'https://id.bank.example',
      subject: 's-1',
      name: 'Mina',
      email: 'mina@bank.example',
      roles: ['marketer'] as PersonRole[],
      ...over,
    });

    it('adds whoever comes first, knows them again, and takes the roles that are claimed now', async () => {
      const first = await signIns.byOidc(claimed(), terms());
      const again = await signIns.byOidc(claimed({ roles: ['finance'], email: null }), terms());
      if (typeof first === 'string' || typeof again === 'string') throw new Error('refused');
      expect(again.person).toEqual({ ...first.person, roles: ['finance'] });
      expect((await people.list('', 5)).map(({ oidc }) => oidc?.subject)).toEqual(['s-1']);
    });

    it('lets in nobody without a role, nobody suspended, and nobody as a second person', async () => {
      expect(await signIns.byOidc(claimed({ roles: [] }), terms())).toBe('refused');
      expect(await people.list('', 5)).toEqual([]);
      const first = await signIns.byOidc(claimed(), terms());
      if (typeof first === 'string') throw new Error('refused');
      expect(await signIns.byOidc(claimed({ subject: 's-2', email: 'MINA@bank.example' }), terms())).toBe('taken');
      expect(await signIns.byOidc(claimed({ roles: [] }), terms())).toBe('refused');
      expect((await sessions.find(first.token, NOW))?.roles).toEqual([]);
      await people.setState(first.person.id, 'suspended', said);
      expect(await signIns.byOidc(claimed(), terms())).toBe('refused');
    });
  });
});
