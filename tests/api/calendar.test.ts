/**
 * What a calendar shows of what is known: its days, and which sends of runs, starts and drafts come on them.
 */
import { describe, expect, it } from '@jest/globals';
import { spanOf } from '../../src/api/calendar/calendar.dto.js';
import { plannedSends } from '../../src/api/calendar/plan.js';
import { Problem } from '../../src/api/http/problem.js';
import { campaignSchema, type Campaign, type LaunchedCampaign } from '../../src/domain/journey/definition.js';
import type { TimedStart } from '../../src/domain/trigger/start.js';
import { twoWaves } from '../support/campaigns.js';

const ZONE = 'Asia/Seoul';
const NOW = Date.parse('2026-03-04T12:00:00+09:00');
const at = (text: string) => new Date(`${text}+09:00`);

const campaign = (key: string, over: object = {}): Campaign =>
  campaignSchema.parse({ ...twoWaves({ key, span: 'P2D' }), ...over });
const launched = (key: string) => ({ campaign: campaign(key) }) as unknown as LaunchedCampaign;
const weekly: TimedStart = {
  type: 'recurring',
  calendars: [{ times: ['10:30'], weekdays: ['fri'] }],
  catchUp: 'PT1H',
};

describe('the days of a calendar', () => {
  it('are those of its zone, whatever the clocks do', () => {
    const { days, from, to } = spanOf({ from: '2026-03-28', to: '2026-03-30', zone: 'Europe/Berlin' });
    expect(days).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
    expect([from.toISOString(), to.toISOString()]).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-30T22:00:00.000Z']);
    expect(spanOf({ from: '2026-03-01', to: '2026-05-01', zone: ZONE }).days).toHaveLength(62);
  });

  it.each([
    ['the wrong way round', '2026-03-05', '2026-03-04'],
    ['too many', '2026-03-01', '2026-05-02'],
  ])('are refused where they are %s', (_, from, to) => {
    let thrown: unknown;
    try {
      spanOf({ from, to, zone: ZONE });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Problem);
    expect((thrown as Problem).getResponse()).toMatchObject({ status: 400, errors: [{ parameter: 'to' }] });
  });
});

describe('the sends of a calendar', () => {
  const march = { from: at('2026-03-01T00:00:00'), to: at('2026-04-01T00:00:00') };
  const none = { runs: [], starts: [], drafts: [] };
  const told = (known: Parameters<typeof plannedSends>[0]) =>
    plannedSends(known, march, ZONE, NOW).map(({ campaign: key, kind, node, day, peopleMax, estimate }) => ({
      key,
      kind,
      node,
      day,
      peopleMax,
      estimate,
    }));

  it('are those of a run: the first to all of them, a later one to whoever is left', () => {
    const run = {
      id: 'r',
      campaign: 'a',
      state: 'running' as const,
      startedAt: at('2026-03-03T10:00:00'),
      definition: launched('a'),
      audience: 100,
      active: 60,
    };
    expect(told({ ...none, runs: [run] })).toEqual([
      { key: 'a', kind: 'run', node: 'send-1', day: '2026-03-03', peopleMax: 100, estimate: false },
      { key: 'a', kind: 'run', node: 'send-2', day: '2026-03-05', peopleMax: 60, estimate: true },
    ]);
  });

  it('and of every slot to come, with as many as the last run had; not of slots that are over', () => {
    const start = {
      campaign: 'b',
      version: 1,
      start: weekly,
      zone: ZONE,
      nextAt: at('2026-03-06T10:30:00'),
      definition: launched('b'),
      lastAudience: 7,
    };
    const sends = told({ ...none, starts: [start] });
    expect(sends.filter(({ node }) => node === 'send-1').map(({ day }) => day)).toEqual([
      '2026-03-06',
      '2026-03-13',
      '2026-03-20',
      '2026-03-27',
    ]);
    expect(sends.filter(({ node }) => node === 'send-2').map(({ day }) => day.slice(8))).toEqual([
      '08',
      '15',
      '22',
      '29',
    ]);
    expect(sends.every(({ peopleMax, estimate }) => peopleMax === 7 && estimate)).toBe(true);
  });

  it('and of drafts that say when they would start, of which nobody knows whom they reach', () => {
    const draft = (key: string, start: object) => ({
      campaign: key,
      state: 'draft' as const,
      draft: campaign(key, { start }),
    });
    const drafts = [
      draft('c', { type: 'at', at: '2026-03-20T10:00:00+09:00' }),
      draft('d', { type: 'at', at: '2026-03-01T10:00:00+09:00' }),
      draft('e', { type: 'now' }),
    ];
    expect(told({ ...none, drafts })).toEqual([
      { key: 'c', kind: 'draft', node: 'send-1', day: '2026-03-20', peopleMax: null, estimate: true },
      { key: 'c', kind: 'draft', node: 'send-2', day: '2026-03-22', peopleMax: null, estimate: true },
    ]);
  });
});
