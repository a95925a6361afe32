/**
 * The freeze tells with its heartbeats how many ids its source has given, so that a long one is seen to go on.
 */
import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createAudienceActivities } from '../../activities/audience.activities.js';

describe('the freeze of an audience', () => {
  it('beats with its position', async () => {
    const environment = new MockActivityEnvironment();
    const beat = new Promise((resolve) => environment.on('heartbeat', resolve));
    const { freezeAudience } = createAudienceActivities({
      audiences: {
        async freeze(_run, _now, progress) {
          progress(2_048);
          progress(4_096);
          await beat;
          return { audience: 1, openLanes: [] };
        },
        closeIfDone: async () => false,
      },
    });
    await environment.run(freezeAudience, { runId: 'r', now: 0 });
    expect(await beat).toEqual({ listed: 4_096 });
  });
});
