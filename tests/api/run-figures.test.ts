/**
 * The report of a run: in every wave the messages add up, whatever became of them.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reportOf } from '../../src/api/runs/run-figures.js';
import { campaignSchema, type LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { wavesOf } from '../../src/domain/journey/validate.js';
import type { RunSnapshot } from '../../src/storage/runs.store.js';

const campaign = campaignSchema.parse({
  key: 'c',
  name: 'c',
  purpose: 'information',
  segment: 's',
  journey: {
    start: 'first',
    nodes: {
      first: { type: 'send', template: 't', channel: 'push', next: 'second' },
      second: { type: 'send', template: 't', channel: 'push', next: 'done' },
      done: { type: 'exit' },
    },
  },
});
const definition = { campaign, waves: wavesOf(campaign.journey), templates: {} } as unknown as LaunchedCampaign;

type Counted = Pick<RunSnapshot['counts'][number], 'node' | 'visit' | 'measure' | 'reason' | 'n'>;
/** Counters come summed, each once. */
function summed(counts: readonly Counted[]): Counted[] {
  const keyOf = ({ n: _, ...key }: Counted) => JSON.stringify(key);
  return [...Map.groupBy(counts, keyOf).values()].map((own) => ({ ...(own[0] as Counted), n: own.length }));
}
const snapshot = (counts: Counted[]) =>
  ({ definition, counts, payouts: [], participants: { active: 0, ended: 0, failed: 0 } }) as unknown as RunSnapshot;
const total = (of: Record<string, number>) => Object.values(of).reduce((sum, n) => sum + n, 0);

const PLAIN = ['queued', 'submitting', 'accepted', 'ambiguous'];
const outcome = fc.record({
  node: fc.constantFrom('first', 'second'),
  visit: fc.integer({ min: 1, max: 2 }),
  what: fc.oneof(
    fc.constantFrom(...PLAIN).map((measure) => ({ measure, reason: '' })),
    fc.record({
      measure: fc.constantFrom('rejected', 'withheld', 'suppressed'),
      reason: fc.constantFrom('expired', 'quiet_hours', 'bad_address'),
    }),
  ),
});

describe('the report of a run', () => {
  it('says of every message that was decided what became of it: the waves add up', () => {
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 60 }), (outcomes) => {
        const counts = outcomes.flatMap(({ node, visit, what }) => [
          { node, visit, measure: 'decided', reason: '', n: 1 },
          { node, visit, ...what, n: 1 },
        ]);
        const { waves, open } = reportOf(snapshot(summed(counts)));
        for (const wave of waves) {
          const of = (measure: string) => counts.filter((c) => c.node === wave.node && c.measure === measure).length;
          expect(wave.decided).toBe(of('decided'));
          expect([wave.sent, total(wave.rejected), total(wave.withheld)]).toEqual(
            ['accepted', 'rejected', 'withheld'].map(of),
          );
          expect(wave.open + wave.sent + total(wave.rejected) + total(wave.withheld) + total(wave.suppressed)).toBe(
            wave.decided,
          );
        }
        expect(waves.reduce((n, wave) => n + wave.open, 0)).toBe(open.messages);
      }),
    );
  });

  it('keeps the reasons apart, over all visits of a node', () => {
    const counts = [1, 2].flatMap((visit) => [
      { node: 'first', visit, measure: 'decided', reason: '', n: 3 },
      { node: 'first', visit, measure: 'withheld', reason: 'quiet_hours', n: 2 },
      { node: 'first', visit, measure: 'rejected', reason: 'bad_address', n: 1 },
    ]);
    expect(reportOf(snapshot(counts)).waves[0]).toMatchObject({
      decided: 6,
      open: 0,
      sent: 0,
      withheld: { quiet_hours: 4 },
      rejected: { bad_address: 2 },
      suppressed: {},
    });
  });
});
