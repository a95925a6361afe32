/**
 * CloudEvents in their three modes, as the CloudEvents SDK sends them: stored once per source and id, all of a batch or nothing, each fault at its place.
 */
import { describe, expect, it } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function cloudEventCases(stack: () => Stack): void {
  const stored = async (messageId: string) => {
    const { rows } = await stack().pool.query<{ who: string; name: string; properties: unknown }>(
      'select customer_id as who, name, properties from events where message_id = $1',
      [messageId],
    );
    return rows[0] ?? null;
  };

  describe('CloudEvents', () => {
    const event = (id: string, over: object = {}) => ({
      id,
      source: '/core-banking',
      type: 'kr.bank.purchase',
      subject: 'c00001',
      time: '2026-01-02T03:04:05.000Z',
      data: { amount: 5_000 },
      ...over,
    });
    const send = async ({ headers, body }: { headers: Record<string, unknown>; body: unknown }) =>
      await stack().request('POST', '/v1/cloudevents', String(body), {
        as: 'source',
        headers: headers as Record<string, string>,
      });
    const theirs = { who: 'c00001', name: 'kr.bank.purchase', properties: { amount: 5_000 } };

    it('are taken structured and binary, as their SDK sends them, and stored once per source and id', async () => {
      expect((await send(HTTP.structured(new CloudEvent(event('s 1'))))).status).toBe(200);
      expect((await send(HTTP.binary(new CloudEvent(event('b1'))))).status).toBe(200);
      expect((await send(HTTP.binary(new CloudEvent(event('s 1'))))).status).toBe(200); // the same event in another mode
      expect((await send(HTTP.binary(new CloudEvent(event('b1', { source: '/other' }))))).status).toBe(200);
      for (const id of ['/core-banking s 1', '/core-banking b1', '/other b1']) expect(await stored(id)).toEqual(theirs);
      const { n } = await stack().one<{ n: string }>(
        `select count(*) as n from events where message_id like '%banking s 1'`,
      );
      expect(Number(n)).toBe(1);
    });

    it('are taken in batches, all or none', async () => {
      const batch = (...events: object[]) =>
        send({
          headers: { 'content-type': 'application/cloudevents-batch+json' },
          body: JSON.stringify(events.map((one) => ({ specversion: '1.0', ...one }))),
        });
      expect((await batch(event('m1'), event('m2'))).status).toBe(200);
      expect((await batch()).status).toBe(200);
      expectProblem(await batch(event('m3'), event('m4', { subject: undefined })), 400, 'invalid', [
        { pointer: '/1/subject' },
      ]);
      const stores = await Promise.all(['m1', 'm2', 'm3'].map((id) => stored(`/core-banking ${id}`)));
      expect(stores).toEqual([theirs, theirs, null]);
    });

    it.each<[string, object, string]>([
      ['another version', { specversion: '0.3' }, 'specversion'],
      ['no id', { id: undefined }, 'id'],
      ['no source', { source: undefined }, 'source'],
      ['a source with a space', { source: 'a b' }, 'source'],
      ['source and id that are too long', { source: 'x'.repeat(150), id: 'y'.repeat(60) }, 'id'],
      ['the source of what we tell', { source: 'payout/p' }, 'source'],
      ['the type of what we tell', { type: 'payout.paid' }, 'type'],
      ['a subject that is no customer id', { subject: 'a b' }, 'subject'],
      ['a time without its offset', { time: '2026-01-02T03:04:05' }, 'time'],
      ['data that is text', { data: 'x' }, 'data'],
      ['data in bytes', { data: undefined, data_base64: 'eA==' }, 'data_base64'],
      ['data of another type', { datacontenttype: 'text/xml' }, 'datacontenttype'],
    ])('with %s are refused, the fault at its place', async (_, over, field) => {
      const reply = await send({
        headers: { 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify({ specversion: '1.0', ...event('refused'), ...over }),
      });
      expectProblem(reply, 400, 'invalid', [{ pointer: `/${field}` }]);
    });

    it('in binary mode have their faults named by header, and their data by pointer', async () => {
      const headers = {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': 'x',
        'ce-type': 'a',
        'ce-subject': 'c00001',
      };
      expectProblem(await send({ headers, body: '{}' }), 400, 'invalid', [{ parameter: 'ce-source' }]);
      const broken = { ...headers, 'ce-source': '/a', 'ce-subject': '%E0%A4' };
      expectProblem(await send({ headers: broken, body: '{}' }), 400, 'invalid', [{ parameter: 'ce-subject' }]);
      expectProblem(await send({ headers: { ...headers, 'ce-source': '/a' }, body: '[1]' }), 400, 'invalid', [
        { pointer: '' },
      ]);
      expectProblem(
        await send({ headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' }),
        415,
        'media_type',
      );
      const large = JSON.stringify({ text: 'x'.repeat(33_000) });
      expectProblem(await send({ headers: { ...headers, 'ce-source': '/a' }, body: large }), 413, 'too_large');
    });
  });
}
