/**
 * Retries at the edge: what is refused, to whom and why; a small one from plan to end, again, and by the command line.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshState, padoBeside } from '../cli/launcher.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function retryCases(stack: () => Stack): void {
  describe('a retry', () => {
    const state = freshState();
    const reason = 'it is well again';
    const selector = { what: 'queues', kind: 'gateway', name: 'tired-gate' };
    beforeAll(async () => {
      await stack().pool.query(
        `insert into queues (kind, name, shard, attention) values ('delivery', 'tired-gate', 0, null), ('delivery', 'tired-gate', 1, '418')`,
      );
    });
    afterAll(async () => {
      state.remove();
      await stack().pool.query(`delete from queues where name = 'tired-gate'`);
    });
    const plan = (body: object, as: 'operator' | 'finance' | 'marketer' = 'operator') =>
      stack().request('POST', '/v1/retries', { reason, ...body }, { as });

    it.each<[string, object, number, string, object[]]>([
      ['of nothing', {}, 400, 'invalid', [{ pointer: '/selector' }]],
      ['without a reason', { selector, reason: ' ' }, 400, 'invalid', [{ pointer: '/reason' }]],
      ['of a run that is not there', { selector: { what: 'run', run: 'none' } }, 404, 'not_found', []],
      [
        'of what a retry does not cure',
        { selector: { what: 'attention', code: 'queue_stopped', subject: 'gateway/tired-gate' } },
        422,
        'unprocessable',
        [{ pointer: '/selector/code' }],
      ],
    ])('%s is refused', async (_, body, status, kind, errors) => {
      expectProblem(await plan(body), status, kind, errors);
    });

    it('is of the desk that decides about one of it', async () => {
      expectProblem(await plan({ selector: { what: 'payouts', state: 'owed' } }, 'marketer'), 403, 'forbidden');
      expectProblem(await plan({ selector: { what: 'participants', run: 'none' } }, 'finance'), 403, 'forbidden');
      expectProblem(await plan({ selector }, 'finance'), 403, 'forbidden');
    });

    it('says what it would do, then does it once; again it answers the same', async () => {
      const { status, body } = await plan({ selector });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        state: 'planned',
        needsApproval: false,
        begun: null,
        effect: { acts: 0, sends: 0, pays: [], would: { nudge: 1 }, nothing: { stopped: 1 }, left: 0 },
      });
      const at = `/v1/retries/${body.no}`;
      for (let n = 0; n < 2; n += 1) {
        const begun = await stack().ok('POST', `${at}/start`, undefined, { as: 'operator' });
        expect(begun).toMatchObject({ no: body.no, state: 'done', outcomes: { done: 1 } });
      }
      const first = await stack().ok('GET', `${at}?limit=1`);
      const second = await stack().ok('GET', `${at}?limit=1&cursor=${first.next}`);
      expect([...first.items, ...second.items]).toEqual([
        expect.objectContaining({ subject: 'delivery/tired-gate/0', effect: 'nudge', outcome: 'done' }),
        expect.objectContaining({ subject: 'delivery/tired-gate/1', effect: 'nothing', why: 'stopped', outcome: null }),
      ]);
      expect(second.next).toBeNull();
      expect((await stack().ok('GET', '/v1/retries?limit=1')).items[0]).toMatchObject({ no: body.no, state: 'done' });
      const numbers = async (query: string) =>
        (await stack().ok('GET', `/v1/retries?${query}`)).items.map(({ no }: { no: number }) => no);
      expect(await numbers('state=done&needsApproval=false')).toContain(body.no);
      expect(await numbers('state=planned')).not.toContain(body.no);
      expect(await numbers('needsApproval=true')).not.toContain(body.no);
      expectProblem(await stack().request('GET', `${at}?cursor=YQ`), 400, 'invalid', [{ parameter: 'cursor' }]);
      expectProblem(await stack().request('GET', '/v1/retries/999999'), 404, 'not_found');
    });

    it('of which nothing would become does not begin', async () => {
      const { body } = await plan({ selector: { ...selector, name: 'nobody' } });
      for (const verb of ['start', 'approve'])
        expectProblem(await stack().request('POST', `/v1/retries/${body.no}/${verb}`), 409, 'conflict');
    });

    it('comes by the command line', async () => {
      const env = { PADO_URL: stack().api.url, PADO_API_KEY: stack().keys.operator };
      const run = (...args: string[]) => padoBeside(env, state.dir, 'retry', ...args);
      const told = await run('queue', 'gateway/tired-gate', '--reason', reason);
      expect([told.code, told.stdout]).toEqual([
        0,
        expect.stringMatching(/^retry \d+\n {2}1 would be nudged\n {2}nothing of 1: stopped\n$/),
      ]);
      expect(told.stderr).toMatch(/Then: \.\/pado retry start \d+/);
      const no = /\d+/.exec(told.stdout)?.[0] as string;
      expect((await run('start', no)).stdout).toBe(`retry ${no} is done: done 1\n`);
      expect((await run('show', no)).stdout).toContain('  queue delivery/tired-gate/0: nudge → done\n');
      const attention = ['attention', 'message_overdue', 'gateway/tired-gate', '--reason', reason, '--yes'];
      expect((await run(...attention)).stdout).toMatch(/1 would be nudged[^]*is done: done 1\n$/);
      expect((await run('queue', 'tired-gate', '--reason', reason)).code).toBe(2);
      expect((await run('run', 'none', '--reason', reason)).code).toBe(1);
    });
  });
}
