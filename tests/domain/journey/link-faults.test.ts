/**
 * Links between campaigns: what they may lead to, and that a cycle over campaigns needs one that lets everybody in once.
 */
import { describe, expect, it } from '@jest/globals';
import { campaignSchema } from '../../../src/domain/journey/definition.js';
import { linkFault, type LinkedCampaign } from '../../../src/domain/journey/link-faults.js';
import type { Start } from '../../../src/domain/trigger/start.js';

const ONCE: Start = { type: 'link', entry: { policy: 'once' } };
const AGAIN: Start = { type: 'link', entry: { policy: 'again', after: 'P1D' } };
const NOW: Start = { type: 'now' };

const campaign = (start: Start, ...links: string[]) =>
  campaignSchema.parse({
    key: 'home',
    name: 'home',
    purpose: 'information',
    segment: 's',
    start,
    journey: {
      start: 'n0',
      nodes: Object.fromEntries(links.map((to, n) => [`n${n}`, { type: 'link', campaign: to }])),
    },
  });
const known = (campaigns: Record<string, [Start | undefined, ...string[]]>) =>
  new Map(
    Object.entries(campaigns).map(([key, [start, ...links]]): [string, LinkedCampaign] => [key, { start, links }]),
  );

describe('a link', () => {
  it.each([
    ['to what does not exist', 'b', {}, 'does not exist'],
    ['to what starts otherwise', 'b', { b: [NOW] }, 'does not start by link'],
    ['to what says nothing of its start', 'b', { b: [undefined] }, 'does not start by link'],
    ['to a campaign that leads on', 'b', { b: [AGAIN, 'c'], c: [AGAIN] }, null],
    ['back, over one that lets in again and again', 'b', { b: [AGAIN, 'home'] }, /^leads back here by b → home:/],
    ['back, over one that lets in once', 'b', { b: [ONCE, 'home'] }, null],
    [
      'back by two ways, one without an end',
      'b',
      { b: [AGAIN, 'c', 'd'], c: [ONCE, 'home'], d: [AGAIN, 'home'] },
      /by b → d → home:/,
    ],
    ['into a cycle that it is not part of', 'b', { b: [AGAIN, 'c'], c: [AGAIN, 'b'] }, null],
    ['to itself', 'home', {}, /^leads back here by home:/],
  ] as [string, string, Record<string, [Start | undefined, ...string[]]>, string | RegExp | null][])(
    '%s',
    (_, target, others, fault) => {
      const found = linkFault(campaign(AGAIN, target), target, known(others));
      if (fault instanceof RegExp) expect(found).toMatch(fault);
      else expect(found).toBe(fault);
    },
  );

  it('back to where everybody is let in once', () => {
    expect(linkFault(campaign(ONCE, 'b'), 'b', known({ b: [AGAIN, 'home'] }))).toBeNull();
  });
});
