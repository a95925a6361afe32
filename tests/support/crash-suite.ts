/**
 * The suite of the crash points, in parts: whatever dies wherever, nothing acknowledged is lost, nothing is repeated, and the audit is clean.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { murmur3 } from '../../src/domain/base/hash.js';
import { CrashLives } from './crash-lives.js';

/** Kinds of points that have to be among them, so that a preload that finds nothing is seen. */
const KINDS: Record<'worker' | 'api', RegExp[]> = {
  worker: [
    /^before commit cohort\.store decide$/,
    /^after commit delivery\.store claim/,
    /^after commit payout-claims\.store claim/,
    /^after call http\.provider submit$/,
    /^before call http-gateway\.channel submit$/,
    /^after signalWithStart of payoutWorkflow$/,
    /^before continueAsNewWorkflowExecution of laneWorkflow$/,
    /^after continueAsNewWorkflowExecution of payoutWorkflow$/,
    /^before report of advanceCohorts$/,
  ],
  api: [
    /^after commit ingestion\.store append$/,
    /^before commit webhooks\.store accept$/,
    /^before signalWithStart of campaignRunWorkflow$/,
  ],
};

/** Each point is in one of three parts, by its name alone: what one suite leaves to another is taken there. */
export const partOf = (point: string) => murmur3(point) % 3;

export function crashPoints(title: string, takes: (point: string) => boolean): void {
  describe(`kill -9 at ${title}`, () => {
    let lives: CrashLives;
    beforeAll(async () => {
      lives = await CrashLives.start();
    });
    afterAll(() => lives?.stop());

    it('loses nothing and repeats nothing', async () => {
      const { stack } = lives;
      const { worker, api } = await lives.killAtEach(takes);
      console.log(
        `worker killed at ${worker.killed.length} points, API at ${api.killed.length}, during ${lives.tours.length} tours; ` +
          `${lives.cut()} requests cut off`,
      );
      for (const role of ['worker', 'api'] as const) {
        for (const kind of KINDS[role]) expect(lives.points(role)).toContainEqual(expect.stringMatching(kind));
      }
      expect({ worker: worker.missed, api: api.missed }).toEqual({ worker: [], api: [] });

      const events = lives.tours.flatMap((tour) => tour.events);
      const { n } = await stack.one<{ n: string }>(
        'select count(*) as n from events where message_id = any($1::text[])',
        [events],
      );
      expect(Number(n)).toBe(events.length);
      const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
      expect(new Set(messages.map((line) => line.id)).size).toBe(messages.length);
      await stack.auditClean();
    }, 1_800_000);
  });
}
