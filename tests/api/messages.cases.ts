/**
 * Templates as their author works with them: faults at their place, versions under If-Match, what a customer would see, and tests, which go to people of
 * the installation once and to nobody else.
 */
import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';

export function messageCases(stack: () => Stack): void {
  const put = (key: string, body: string, headers: Record<string, string> = {}) =>
    stack().request('PUT', `/v1/templates/${key}`, { channel: 'push', body }, { as: 'marketer', headers });
  const preview = (content: object, more: object = {}) =>
    stack().ok('POST', '/v1/templates/preview', { content, ...more }, { as: 'marketer' });

  describe('a template', () => {
    it('is changed only by who has seen its newest version, and every version stays', async () => {
      expect((await put('seen', 'one', { 'if-none-match': '*' })).headers.get('etag')).toBe('"1"');
      expect((await put('seen', 'other', { 'if-none-match': '*' })).status).toBe(412);
      expect((await put('seen', 'two', { 'if-match': '"1"' })).body.version).toBe(2);
      expect((await put('seen', 'three', { 'if-match': '"1"' })).status).toBe(412);
      expect((await put('unseen', 'one', { 'if-match': '*' })).status).toBe(412);
      const { items, next } = await stack().ok('GET', '/v1/templates/seen/versions?limit=1');
      expect([items, await stack().ok('GET', `/v1/templates/seen/versions?cursor=${next}`)]).toMatchObject([
        [{ version: 2, body: 'two' }],
        { items: [{ version: 1, body: 'one' }], next: null },
      ]);
      expect(await stack().ok('GET', '/v1/templates/seen/versions/1')).toMatchObject({ version: 1, body: 'one' });
      expect((await stack().request('GET', '/v1/templates/seen/versions/3')).status).toBe(404);
      expect((await stack().request('GET', '/v1/templates/none/versions')).status).toBe(404);
    });

    it('says which campaigns name it, also as a further channel', async () => {
      await put('named', 'hello');
      const send = { type: 'send', template: 'other', channel: 'push', gateway: 'capture', next: 'done' };
      const fallback = [{ template: 'named', channel: 'push', gateway: 'capture' }];
      const journey = { start: 'one', nodes: { one: { ...send, fallback }, done: { type: 'exit' } } };
      const draft = { name: 'n', purpose: 'information', segment: 'everyone', journey };
      await stack().ok('PUT', '/v1/campaigns/names-it', draft, { as: 'marketer', headers: { 'if-none-match': '*' } });
      expect((await stack().ok('GET', '/v1/templates/named')).usedBy).toEqual(['names-it']);
      const { items } = await stack().ok('GET', '/v1/templates?limit=200');
      expect(items.filter(({ usedBy }: { usedBy: string[] }) => usedBy.includes('names-it'))).toMatchObject([
        { key: 'named' },
      ]);
    });

    it('is judged as it is written, with line and column, by the renderer of the send', async () => {
      await stack().ok('POST', '/v1/customers', JSON.stringify({ id: 'seen-1', attributes: { name: '<b>수민</b>' } }), {
        headers: { 'content-type': 'application/x-ndjson' },
      });
      const faulty = { channel: 'sms', body: '안녕하세요\n{{ customer.name | nosuch }}' };
      expect((await preview(faulty)).faults).toEqual([
        { pointer: '/body', line: 2, column: 1, detail: 'undefined filter: nosuch' },
      ]);
      const outside = { channel: 'push', title: '{{ order.id }}', body: 'x' };
      expect((await preview(outside)).faults).toMatchObject([{ pointer: '/title', line: 1, column: 4 }]);
      const mail = { channel: 'email', title: '{{ customer.name }}', body: "{{ customer.name | josa: '이/가' }}" };
      expect(await preview(mail, { customer: 'seen-1' })).toMatchObject({
        ok: true,
        faults: [],
        title: '<b>수민</b>',
        mail: { subject: '<b>수민</b>', html: expect.stringContaining('<p>&lt;b&gt;수민&lt;/b&gt;') },
      });
      const missing = { channel: 'push', body: 'a {{ customer.grade }}' };
      expect(await preview(missing, { customer: 'seen-1' })).toMatchObject({
        ok: false,
        reason: 'undefined_variable',
        faults: [{ pointer: '/body', line: 1, column: 6, detail: expect.stringContaining('customer.grade') }],
      });
      // too long for its channel, and shown all the same
      const long = { channel: 'sms', body: `{{ customer.name }}${'가'.repeat(44)}` };
      expect(await preview(long, { customer: 'seen-1' })).toMatchObject({
        ok: false,
        reason: 'too_long',
        size: { bytes: 99, bytesMax: 90 },
      });
      expect(await preview({ ...long, channel: 'lms' }, { customer: 'seen-1' })).toMatchObject({ ok: true });
      expect((await preview(long)).size).toMatchObject({ bytes: 88 });
      const fields = await stack().ok('GET', '/v1/template-fields', undefined, { as: 'marketer' });
      expect(fields.filters).toContain('josa');
      expect(fields.channels).toContainEqual({ channel: 'sms', bytesMax: 90, gateways: ['sim-gate'] });
    });
  });

  describe('a test of a message', () => {
    const PHONE = '+821099998888';
    const content = { channel: 'sms', body: '{{ customer.name }}님 {{ reward.amount }}원' };
    const test = { content, gateway: 'sim-gate', attributes: { name: '예시' } };
    const reward = { amount: { value: '5000', currency: 'KRW' } };
    const send = (body: object, key?: string) =>
      stack().request('POST', '/v1/test-messages', body, {
        as: 'marketer',
        headers: key ? { 'idempotency-key': key } : {},
      });
    const person = async (account: string, addresses?: object): Promise<string> => {
      const made = { account, name: account, roles: ['marketer'], reason: 'r' };
      const { id } = await stack().ok('POST', '/v1/people', made);
      if (addresses) await stack().ok('PUT', `/v1/test-recipients/${id}`, { addresses, reason: 'r' });
      return id;
    };
    const inBook = async (id: string) =>
      (await stack().simulator.gateway.readBook()).filter((line) => line.type === 'message' && line.id === id);

    it('reaches a person’s own address once, however often it is asked for, and leaves neither text nor address behind', async () => {
      const tester = await person('tester', { phone: PHONE, email: 'tester@example.com' });
      const contacts = () => stack().one('select count(*) as n from contacts');
      const before = await contacts();
      const { body } = await send({ ...test, reward, people: [tester] }, 'a-test');
      const [{ id }] = body.messages;
      expect(body.messages).toMatchObject([{ person: tester, state: 'accepted', channel: 'sms', gateway: 'sim-gate' }]);
      expect((await send({ ...test, reward, people: [tester] }, 'a-test')).body).toEqual(body);
      const text = '예시님 5000원';
      expect(await inBook(id)).toMatchObject([{ bodySha256: hash('sha256', text, 'hex'), meta: { test: true } }]);
      const kept = await stack().one<{ rows: string }>(
        `select (select json_agg(m) from test_messages m)::text || (select json_agg(l) from audit_log l where l.action like 'test-%')::text as rows`,
      );
      expect(kept.rows).toContain(`test-message/${id}`);
      expect(kept.rows).not.toMatch(/예시|9999|tester@/);
      expect(await contacts()).toEqual(before);
      const { recipients } = await stack().ok('GET', '/v1/test-recipients', undefined, { as: 'marketer' });
      expect(recipients).toMatchObject([{ name: 'tester', addresses: { phone: '…8888', email: 't…@example.com' } }]);
    });

    it('goes to nobody who is not on the list, over no gateway that does not carry it, and not while it is switched off', async () => {
      const told = async (body: object) => {
        const { status, body: problem } = await send({ ...test, reward, ...body });
        return [status, problem.errors?.[0]?.pointer];
      };
      const [unlisted, listed] = [await person('unlisted'), await person('listed', { email: 'l@example.com' })];
      expect(await told({ people: [unlisted] })).toEqual([400, '/people/0']);
      expect(await told({ people: ['seen-1'] })).toEqual([400, '/people/0']);
      expect(await told({ people: [listed] })).toEqual([400, '/people/0']); // no phone
      expect(await told({ people: Array.from({ length: 6 }, (_, n) => `p${n}`) })).toEqual([400, '/people']);
      expect(await told({ people: [listed], gateway: 'capture' })).toEqual([400, '/gateway']);
      const mail = { channel: 'email', title: 'x', body: '{{ customer.name }}' };
      expect(await told({ people: [listed], content: mail, attributes: {} })).toEqual([422, '/content/body']);
      const paused = { scope: 'gateway/sim-gate', state: 'paused', reason: 'r' };
      await stack().pool.query(
        `insert into controls (scope, state, epoch, reason, actor, at) values ($1, $2, 1, $3, 'test', timestamptz '2026-01-01T00:00:00Z')`,
        [paused.scope, paused.state, paused.reason],
      );
      expect(await told({ people: [listed], content: mail })).toEqual([409, undefined]);
      await stack().pool.query('delete from controls where scope = $1', [paused.scope]);
      await stack().ok('POST', `/v1/people/${listed}/suspend`, { reason: 'r' });
      expect(await told({ people: [listed], content: mail })).toEqual([400, '/people/0']);
    });

    it('is one of a bounded number a day', async () => {
      const many = await person('many', { phone: PHONE });
      await stack().pool.query(
        `insert into test_messages (id, person, channel, purpose, gateway, body_sha256, sent_by, sent_at)
         select 'test/many-' || k.id || n, $1, 'sms', 'information', 'sim-gate', '\\x00', k.id, now.at - interval '23 hours'
         from generate_series(1, 49) n, (select max(sent_at) as at from test_messages) now, api_keys k where k.role = 'marketer'`,
        [many],
      );
      expect((await send({ ...test, reward, people: [many] })).status).toBe(429);
    });
  });
}
