/**
 * Fires what is due of a campaign's starts: each slot's run is opened once, by rows; then it is nudged, which may be lost.
 */

export interface StartPorts {
  starts: { fire(campaign: string, now: number): Promise<{ runs: string[]; over: boolean }> };
  alarms: { remove(campaign: string): Promise<void> };
  nudger: { nudgeRun(runId: string): Promise<void> };
}

export function createStartActivities(ports: StartPorts) {
  return {
    /** Returns the runs that were opened. `now`: business time. */
    async fireStarts(input: { campaign: string; now: number }): Promise<string[]> {
      const { runs, over } = await ports.starts.fire(input.campaign, input.now);
      for (const runId of runs) await ports.nudger.nudgeRun(runId);
      if (over) await ports.alarms.remove(input.campaign);
      return runs;
    },
  };
}
