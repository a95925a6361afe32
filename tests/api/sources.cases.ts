/**
 * Sources other than a server's `track`: every call of the Segment specification, the browser's posts, and keys of sources.
 */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { until, type Stack } from '../support/stack.js';
import { expectProblem, type Fault } from './problems.js';

/** Whose pages may call, as tests/api/api.test.ts configures it. */
export const ORIGIN = 'https://www.bank.example';
export const TRAITS = ['grade', 'branch'];

export function sourceCases(stack: () => Stack): void {
  const post = (path: string, body: unknown) => stack().request('POST', path, body, { as: 'source' });
  const stored = async (messageId: string) => {
    const { rows } = await stack().pool.query<{ who: string; name: string; properties: unknown }>(
      'select customer_id as who, name, properties from events where message_id = $1',
      [messageId],
    );
    return rows[0] ?? null;
  };

  describe('the calls of the Segment specification', () => {
    it.each<[string, object, { name: string; properties: object }]>([
      [
        'identify',
        { traits: { grade: 'gold', email: 'a@b.example' } },
        { name: 'identify', properties: { grade: 'gold' } },
      ],
      ['track', { event: 'purchase', properties: { amount: 1 } }, { name: 'purchase', properties: { amount: 1 } }],
      [
        'page',
        { name: 'Loans', properties: { path: '/loans' } },
        { name: 'page', properties: { path: '/loans', name: 'Loans' } },
      ],
      ['screen', { name: 'Home', category: 'app' }, { name: 'screen', properties: { name: 'Home', category: 'app' } }],
      ['group', { groupId: 'firm', traits: { size: 3 } }, { name: 'group', properties: { groupId: 'firm', size: 3 } }],
      ['alias', { previousId: 'browser-0' }, { name: 'alias', properties: {} }],
    ])('%s is one event, alone by either path and in a batch', async (type, content, event) => {
      const letter = type.slice(0, 1);
      const call = { userId: 'c00001', ...content };
      const ways = [`/v1/${type}`, `/v1/${letter}`, `/${type}`, `/${letter}`];
      for (const path of ways) {
        const reply = await post(path, { ...call, messageId: `call ${path}` });
        expect([path, reply.status, reply.body]).toEqual([path, 200, { success: true }]);
        expect(await stored(`call ${path}`)).toEqual({ who: 'c00001', ...event });
      }
      const inBatch = { ...call, type, messageId: `call batch ${type}` };
      for (const path of ['/v1/batch', '/v1/b', '/batch', '/b'])
        expect((await post(path, { batch: [inBatch] })).status).toBe(200);
      expect(await stored(inBatch.messageId)).toEqual({ who: 'c00001', ...event });
    });

    it.each<[string, string, object, Fault]>([
      ['an event of nobody', 'page', {}, { pointer: '/batch/0/userId' }],
      ['an alias without what it was before', 'alias', { userId: 'c00001' }, { pointer: '/batch/0/previousId' }],
      ['an alias to nobody', 'alias', { anonymousId: 'x', previousId: 'x' }, { pointer: '/batch/0/userId' }],
      ['a group without its id', 'group', { userId: 'c00001' }, { pointer: '/batch/0/groupId' }],
      ['traits that are no object', 'identify', { userId: 'c00001', traits: 'x' }, { pointer: '/batch/0/traits' }],
      [
        'an anonymous id that is too long',
        'page',
        { anonymousId: 'x'.repeat(201) },
        { pointer: '/batch/0/anonymousId' },
      ],
    ])('refuse %s', async (_, type, call, fault) => {
      expectProblem(await post('/v1/batch', { batch: [{ type, messageId: 'refused', ...call }] }), 400, 'invalid', [
        fault,
      ]);
      expect(await stored('refused')).toBeNull();
    });

    it('refuse on the endpoint of one call what is another', async () => {
      const page = { type: 'page', userId: 'c00001', event: 'x', messageId: 'refused' };
      expectProblem(await post('/v1/track', page), 400, 'invalid', [{ pointer: '/type' }]);
    });

    it('let the traits that the installation takes become attributes, and no fact of the gate', async () => {
      const id = 'traits-1';
      const row = { id, status: 'active', attributes: { grade: 'basic' }, consents: { 'push:advertising': false } };
      await stack().ok('POST', '/v1/customers', JSON.stringify(row), {
        headers: { 'content-type': 'application/x-ndjson' },
      });
      const before = await stack().ok('GET', `/v1/customers/${id}`);
      const traits = { grade: 'gold', status: 'withdrawn', consents: { 'push:advertising': true }, nickname: '미' };
      await post('/v1/identify', { userId: id, messageId: 'traits 1', traits });
      const { attrVersion, attributes, ...rest } = await stack().ok('GET', `/v1/customers/${id}`);
      expect([attributes, attrVersion]).toEqual([{ grade: 'gold' }, before.attrVersion + 1]);
      expect(rest).toEqual({ ...before, attrVersion: undefined, attributes: undefined });
    });

    it('let what a browser did before it was known join the customer', async () => {
      await post('/v1/page', { anonymousId: 'browser-1', messageId: 'anon 1', name: 'Loans' });
      expect(await stored('anon 1')).toBeNull();
      await post('/v1/identify', { anonymousId: 'browser-1', userId: 'c00002', messageId: 'anon 2' });
      const joined = await until('it joins', async () => await stored('anon 1'));
      expect(joined).toEqual({ who: 'c00002', name: 'page', properties: { name: 'Loans' } });
    });

    it('tell the catalogue of events their names and properties', async () => {
      const { seen } = await stack().ok('GET', '/v1/segment-fields', undefined, { as: 'marketer' });
      const names = (seen.events as { name: string }[]).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['alias', 'group', 'identify', 'page', 'screen']));
    });
  });

  describe('a body', () => {
    const send = async (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) => {
      const response = await fetch(stack().api.url + path, { method: 'POST', body, headers });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: JSON.parse(text) as never };
    };
    const key = () => ({ authorization: `Basic ${Buffer.from(`${stack().keys.source}:`).toString('base64')}` });
    const track = (messageId: string, properties: object = {}) =>
      JSON.stringify({ type: 'track', event: 'purchase', userId: 'c00001', messageId, properties });

    it('may come as text/plain with the key in it, from a page of the bank, and only those are told that they may read', async () => {
      const body = JSON.stringify({
        ...JSON.parse(track('text 1')),
        writeKey: stack().keys.source,
        sentAt: new Date(),
      });
      const from = (origin: string) => send('/t', body, { 'content-type': 'text/plain', origin });
      const [own, other] = [await from(ORIGIN), await from('https://elsewhere.example')];
      expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN]);
      expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([200, null]);
      expect(await stored('text 1')).toMatchObject({ name: 'purchase' });
    });

    it('is asked for beforehand on the event endpoints alone', async () => {
      const ask = async (path: string) => {
        const headers = { origin: ORIGIN, 'access-control-request-method': 'POST' };
        const { status, headers: told } = await fetch(stack().api.url + path, { method: 'OPTIONS', headers });
        return [status, told.get('access-control-allow-origin')];
      };
      for (const path of ['/v1/batch', '/v1/t', '/p', '/i'])
        expect([path, ...(await ask(path))]).toEqual([path, 204, ORIGIN]);
      for (const path of ['/v1/customers', '/v1/cloudevents', '/v1/payouts'])
        expect([path, (await ask(path))[1]]).toEqual([path, null]);
    });

    it('may be gzip, and counts by its size after inflating', async () => {
      const zipped = (text: string) => new Uint8Array(gzipSync(text));
      const headers = { ...key(), 'content-type': 'application/json', 'content-encoding': 'gzip' };
      expect((await send('/v1/track', zipped(track('zip 1')), headers)).status).toBe(200);
      const large = zipped(track('zip 2', { text: 'x'.repeat(33_000) }));
      expect(large.length).toBeLessThan(1_000);
      expectProblem(await send('/v1/track', large, headers), 413, 'too_large');
      const bomb = zipped(`{"batch": [${track('zip 3', { text: ' '.repeat(50_000_000) })}]}`);
      expectProblem(await send('/v1/batch', bomb, headers), 413, 'too_large');
      const damaged = zipped(track('zip 4')).slice(0, -10);
      expectProblem(await send('/v1/track', damaged, headers), 400, 'malformed');
      const unknown = { ...headers, 'content-encoding': 'compress' };
      expectProblem(await send('/v1/track', zipped(track('zip 5')), unknown), 415, 'media_type');
      expect([await stored('zip 1'), await stored('zip 2')]).toEqual([expect.anything(), null]);
    });

    it('may be called a form, as one of the SDKs does, and is JSON nevertheless', async () => {
      const headers = { ...key(), 'content-type': 'application/x-www-form-urlencoded' };
      expect((await send('/v1/track', track('form 1'), headers)).status).toBe(200);
      expectProblem(await send('/v1/track', 'event=purchase', headers), 400, 'malformed');
    });

    it.each(['application/xml', 'multipart/form-data; boundary=x', 'application/octet-stream'])(
      'of the type %s is refused, and the answer says which are taken',
      async (type) => {
        const reply = await send('/v1/track', 'a=b', { ...key(), 'content-type': type });
        expectProblem(reply, 415, 'media_type');
        expect(JSON.stringify(reply.body)).toContain('application/json or text/plain');
      },
    );
  });

  describe('a source', () => {
    it('reads its settings with its key in the path: where to send, and that nothing else runs', async () => {
      const { source, admin } = stack().keys;
      const read = (key: string) =>
        stack().request('GET', `/v1/projects/${key}/settings`, undefined, {
          headers: { authorization: '', origin: ORIGIN },
        });
      const reply = await read(source);
      const host = new URL(stack().api.url).host;
      expect(reply.body.integrations).toEqual({
        'Segment.io': expect.objectContaining({ apiKey: source, apiHost: `${host}/v1`, protocol: 'http' }),
      });
      expect(reply.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expectProblem(await read(admin), 403, 'forbidden');
      expectProblem(await read('nonsense'), 401, 'unauthenticated');
      const other = await stack().request('GET', '/v1/projects/nonsense/settings', undefined, { as: 'source' });
      expectProblem(other, 404, 'not_found');
    });

    it('whose key is revoked tells nothing any more, within 5 s', async () => {
      const content = { name: 'shop', role: 'source', reason: 'test' };
      const { id, key } = await stack().ok('POST', '/v1/keys', content);
      let sent = 0;
      const tell = async () => {
        const call = { event: 'purchase', userId: 'c00001', messageId: `revoked ${(sent += 1)}` };
        const headers = { authorization: `Bearer ${key}` };
        return (await stack().request('POST', '/v1/track', call, { headers })).status;
      };
      expect(await tell()).toBe(200);
      const revoked = await stack().ok('POST', `/v1/keys/${id}/revoke`, { reason: 'leaked' });
      expect(revoked).toMatchObject({ id, name: 'shop', role: 'source', revokedAt: expect.any(String) });
      await until('it is refused', async () => (await tell()) === 401, 30_000);
      expect(await stored(`revoked ${sent}`)).toBeNull();
      expectProblem(await stack().request('POST', '/v1/keys/000000000000/revoke', { reason: 'x' }), 404, 'not_found');
    });

    it('has its key stored as a hash, and listed without anything that lets somebody in', async () => {
      const { key } = await stack().ok('POST', '/v1/keys', { name: 'listed', role: 'source', reason: 'test' });
      // a secret may have a _ of its own
      const [, secret] = /^pado_[0-9a-f]{12}_(.{43})$/.exec(String(key)) as unknown as [string, string];
      const { items } = await stack().ok('GET', '/v1/keys?limit=200');
      expect(items).toContainEqual(expect.objectContaining({ name: 'listed', role: 'source', revokedAt: null }));
      expect(JSON.stringify(items)).not.toContain(secret);
      const { rows } = await stack().pool.query<{ text: string }>(
        `select to_jsonb(k)::text as text from api_keys k union all select to_jsonb(a)::text from audit_log a
         union all select to_jsonb(i)::text from idempotency_keys i`,
      );
      expect(rows.filter(({ text }) => text.includes(secret))).toEqual([]);
    });
  });

  describe('requests that arrive together', () => {
    it('share commits, and each is answered after its own', async () => {
      const figures = async () => {
        const { body } = await stack().request('GET', '/metrics');
        const of = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(String(body))?.[1] ?? 0);
        return { commits: of('pado_events_per_commit_count'), events: of('pado_events_per_commit_sum') };
      };
      const before = await figures();
      const count = 300;
      const replies = await Promise.all(
        Array.from({ length: count }, async (_, n) => {
          const messageId = `together ${n}`;
          const reply = await post('/v1/track', { event: 'purchase', userId: 'c00001', messageId });
          return reply.status === 200 && (await stored(messageId)) !== null;
        }),
      );
      expect(replies.filter(Boolean)).toHaveLength(count);
      const after = await figures();
      expect(after.events - before.events).toBe(count);
      expect(after.commits - before.commits).toBeLessThan(count / 2);
    });
  });
}
