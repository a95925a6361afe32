/**
 * The approval of a campaign: of just what was seen, by somebody who made none of it, and void once it is something else.
 */
import { describe, expect, it } from '@jest/globals';
import { seen } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';
import { campaignSteps } from './campaign-steps.js';
import { expectProblem } from './problems.js';

export function campaignApprovalCases(stack: () => Stack): void {
  const { path, create, validate, read, approve, launch, stateOf, changed, ready } = campaignSteps(stack);

  describe('an approval', () => {
    it('is not given by who edited last', async () => {
      await stack().ok('PUT', path('own'), changed('own'), { as: 'admin', headers: { 'if-none-match': '*' } });
      await validate('own');
      expectProblem(await approve('own', 'admin'), 403, 'own_work');
      expectProblem(await approve('own', 'marketer'), 403, 'forbidden');
      expect(await stateOf('own')).toBe('validated');
    });

    it('is of what was seen: not of a later edit, nor of what the same draft pins later', async () => {
      await stack().ok('PUT', '/v1/templates/worded', { channel: 'push', body: 'one' });
      await create(changed('seen', { 'send-1': { template: 'worded' } }));
      const unjudged = seen(await read('seen'));
      await validate('seen');
      expectProblem(await approve('seen', 'approver', {}), 428, 'precondition_required');
      expectProblem(await approve('seen', 'approver', { 'if-match': '*' }), 428, 'precondition_required');
      expectProblem(await approve('seen', 'approver', unjudged), 412, 'stale');
      const first = await read('seen');
      expect(first.headers.get('etag')).toBe(`"1.${first.body.contentHash as string}"`);
      const edited = changed('seen', { 'send-1': { template: 'worded' } }, { name: 'more' });
      await stack().ok('PUT', path('seen'), edited, { as: 'marketer', headers: seen(first) });
      expectProblem(await approve('seen', 'approver', seen(first)), 412, 'stale');
      await validate('seen');
      expectProblem(await approve('seen', 'approver', seen(first)), 412, 'stale');
      const second = seen(await read('seen'));
      await stack().ok('PUT', '/v1/templates/worded', { channel: 'push', body: 'two' });
      await validate('seen');
      expectProblem(await approve('seen', 'approver', second), 412, 'stale');
      expect(await read('seen')).toMatchObject({ body: { state: 'validated', revision: 2 } });
      const third = seen(await read('seen'));
      for (const _ of ['once', 'again']) expect((await approve('seen', 'approver', third)).status).toBe(200);
    });

    it.each([
      ['a template', 'made-template', 'made-template@2'],
      ['a segment', 'made-segment', 'made-segment@1'],
      ['a segment inside another', 'made-inner', 'made-inner-in@1'],
      ['an older version of a template', 'made-before', null],
    ])('is not given by who made what it names: %s', async (_, key, own) => {
      const put = (kind: string, name: string, version: number, body: object) =>
        stack().ok('PUT', `/v1/${kind}/${name}`, body, { as: own === `${name}@${version}` ? 'admin' : 'marketer' });
      const rule = (field: string, value: string) => ({ combinator: 'and', rules: [{ field, operator: '=', value }] });
      await stack().ok('PUT', `/v1/templates/${key}`, { channel: 'push', body: 'one' }, { as: 'admin' });
      await put('templates', key, 2, { channel: 'push', body: 'two' });
      const inner = `${key}-in`;
      await put('segments', inner, 1, { name: inner, rule: rule('attribute.grade', 'gold') });
      await put('segments', key, 1, { name: key, rule: rule('segment', inner) });
      await create(changed(key, { 'send-1': { template: key }, 'send-2': { template: key } }, { segment: key }));
      await validate(key);
      const reply = await approve(key, 'admin');
      if (own === null) return expect(reply.status).toBe(200);
      expectProblem(reply, 403, 'own_work');
      expect(reply.body.detail).toBe(`Who made what a campaign names cannot approve it: ${own}.`);
      expect((await approve(key)).status).toBe(200);
    });

    it('is void after an edit', async () => {
      await ready('edited-later');
      const read = await stack().request('GET', path('edited-later'));
      await stack().ok('PUT', path('edited-later'), changed('edited-later', {}, { name: 'other' }), {
        as: 'marketer',
        headers: { 'if-match': read.headers.get('etag') as string },
      });
      expect(await stateOf('edited-later')).toBe('draft');
      expectProblem(await launch('edited-later', {}), 409, 'conflict');
    });

    it('is void when a template that it names gets a new version', async () => {
      await stack().ok('PUT', '/v1/templates/changing', { channel: 'push', body: 'one' });
      await create(changed('renamed', { 'send-1': { template: 'changing' } }));
      await validate('renamed');
      expect((await approve('renamed')).status).toBe(200);
      await stack().ok('PUT', '/v1/templates/changing', { channel: 'push', body: 'two' });
      expectProblem(await launch('renamed', {}), 409, 'conflict');
    });
  });
}
