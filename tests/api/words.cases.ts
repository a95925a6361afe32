/**
 * The language of whoever asks: problems and faults in Korean where `Accept-Language` prefers it, in English otherwise; places and kinds are the same.
 */
import { describe, expect, it } from '@jest/globals';
import { twoWaves } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';

export function wordsCases(stack: () => Stack): void {
  describe('the language of problems', () => {
    const ask = (language: string, path: string, body: object) =>
      stack().request('POST', path, body, { as: 'marketer', headers: { 'accept-language': language } });

    it.each([
      ['ko-KR,ko;q=0.9,en;q=0.8', 'ko', '요청에 오류가 있습니다'],
      ['en-US,en;q=0.9,ko;q=0.8', 'en', 'The request has faults'],
      ['fr', 'en', 'The request has faults'],
    ])('%s: %s', async (accepted, language, title) => {
      const reply = await ask(accepted, '/v1/campaigns/validate', { key: '' });
      expect([reply.status, reply.body.type, reply.body.title]).toEqual([400, 'urn:pado:problem:invalid', title]);
      expect(reply.body.errors).toContainEqual(expect.objectContaining({ pointer: '/key' }));
      expect(reply.headers.get('content-language')).toBe(language);
      expect(reply.headers.get('vary')).toMatch(/accept-language/i);
    });

    it('says the faults of a draft, too', async () => {
      const draft = { ...twoWaves({ key: 'words' }), segment: 'nowhere' };
      const told = async (language: string) => (await ask(language, '/v1/campaigns/validate', draft)).body.faults;
      expect(await told('en')).toContainEqual({ pointer: '/segment', detail: 'does not exist' });
      expect(await told('ko')).toContainEqual({ pointer: '/segment', detail: '존재하지 않습니다' });
    });
  });
}
