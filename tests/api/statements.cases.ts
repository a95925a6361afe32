/**
 * The monthly statement by API and command line: signed, kept, verified; and what is refused.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { SignedHeadsStore } from '../../src/storage/signed-heads.store.js';
import { freshState, padoBeside } from '../cli/launcher.js';
import { KEY } from '../support/signed-ledger.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function statementCases(stack: () => Stack, now: string): void {
  const state = freshState();
  const get = (path: string, as: 'finance' | 'marketer' = 'finance') => stack().request('GET', path, undefined, { as });

  describe('the statement of a month', () => {
    afterAll(() => state.remove());

    it('is refused until a head has introduced the key that signs', async () => {
      expectProblem(await get('/v1/ledger/statements/2026-03'), 409, 'conflict');
      expectProblem(await get('/v1/ledger/statements/2026-13'), 400, 'invalid', [{ parameter: 'month' }]);
      expectProblem(await get('/v1/ledger/statements/2026-02'), 404, 'not_found');
      expectProblem(await get('/v1/ledger/statements/2026-03', 'marketer'), 403, 'forbidden');
      expect((await stack().pool.query('select from exports')).rowCount).toBe(0);
    });

    it('is one signed file that is kept, with a line of the audit log', async () => {
      await new LedgerSealsStore(stack().pool).sealBatch();
      await new SignedHeadsStore(stack().pool, [KEY]).signDue(Date.parse(now));
      const { status, body, headers } = await get('/v1/ledger/statements/2026-03');
      const text = String(body);
      expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
        200,
        'application/jsonl',
        'attachment; filename="statement-2026-03.jsonl"',
      ]);
      const digest = createHash('sha256').update(text).digest();
      expect(headers.get('content-digest')).toBe(`sha-256=:${digest.toString('base64')}:`);
      const [keyId, signature = ''] = (headers.get('pado-signature') ?? '').split(/=(.*)/s);
      const statement = headers.get('pado-statement') ?? '';
      expect(JSON.parse(statement)).toMatchObject({
        format: 'pado-export/1',
        key: keyId,
        sha256: digest.toString('hex'),
      });
      const publicKey = createPublicKey({ key: Buffer.from(KEY.publicKey, 'base64'), format: 'der', type: 'spki' });
      expect(verify(null, Buffer.from(statement), publicKey, Buffer.from(signature, 'base64'))).toBe(true);
      const kept = await stack().one(
        `select kind, name, query, bytes::int, encode(sha256, 'hex') as sha256, statement from exports`,
      );
      const file = { name: 'statement-2026-03.jsonl', query: { month: '2026-03' }, bytes: Buffer.byteLength(text) };
      expect(kept).toEqual({ kind: 'statement', ...file, sha256: digest.toString('hex'), statement });
      const logged = await stack().one(`select action, subject, after from audit_log where action like 'export.%'`);
      expect(logged).toEqual({
        action: 'export.statement',
        subject: 'export/1',
        after: { ...file, sha256: digest.toString('hex') },
      });
    });

    it('comes by the command line, and verifies by it', async () => {
      const env = { PADO_URL: stack().api.url, PADO_API_KEY: stack().keys.finance };
      const { code, stdout } = await padoBeside(env, state.dir, 'ledger', 'statement', '2026-03');
      expect(code).toBe(0);
      const [file, settlements] = [join(state.dir, 'march.jsonl'), join(state.dir, 'settlements')];
      writeFileSync(file, stdout);
      mkdirSync(settlements);
      const args = ['verify-statement', file, '--provider-settlements', settlements, '--public-key', KEY.publicKey];
      const told = await padoBeside({}, state.dir, ...args);
      expect([told.code, told.stdout]).toEqual([
        0,
        expect.stringMatching(/2026-03 \(open\)[^]*✔ the statement verifies/),
      ]);
      writeFileSync(file, stdout.replace('5000', '5001'));
      expect((await padoBeside({}, state.dir, ...args)).code).toBe(1);
      const refused = await padoBeside(env, state.dir, 'ledger', 'statement', '2026-02');
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('There is no such month')]);
    });
  });
}
