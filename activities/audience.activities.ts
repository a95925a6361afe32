/**
 * A run's edges: freeze its audience in one transaction (membership as of one snapshot, cut into lanes), and close it when its
 * people are done. Both repeat safely: the run's state tells what has been done.
 */
import { withHeartbeat } from './heartbeat.js';

export interface RunInput {
  runId: string;
  now: number;
}
export interface FrozenAudience {
  audience: number;
  openLanes: { lane: number; step: number }[];
}

export interface AudiencePorts {
  audiences: {
    /** `progress` is told how many ids the segment's source has given so far. */
    freeze(runId: string, now: number, progress: (listed: number) => void): Promise<FrozenAudience>;
    closeIfDone(runId: string, now: number): Promise<boolean>;
  };
}

export function createAudienceActivities(ports: AudiencePorts) {
  return {
    freezeAudience: (input: RunInput): Promise<FrozenAudience> =>
      withHeartbeat((at) => ports.audiences.freeze(input.runId, input.now, (listed) => at({ listed }))),
    async closeRun(input: RunInput): Promise<{ closed: boolean }> {
      return { closed: await ports.audiences.closeIfDone(input.runId, input.now) };
    },
  };
}
