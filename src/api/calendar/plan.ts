/**
 * Which sends come on which day: of runs under way, of launched campaigns by their calendars, of drafts by what they say. Pure.
 */
import { DateTime } from 'luxon';
import type { Campaign } from '../../domain/journey/definition.js';
import { sendsAfter } from '../../domain/journey/outlook.js';
import { isTimed, slotsOf } from '../../domain/trigger/start.js';
import type { CalendarDraft, CalendarRun, CalendarStart, Span } from '../../storage/calendar.store.js';

export interface PlannedSend {
  campaign: string;
  name: string;
  kind: 'run' | 'start' | 'draft';
  state: string;
  run: string | null;
  startAt: Date;
  node: string;
  earliestAt: Date;
  latestAt: Date;
  day: string;
  peopleMax: number | null;
  estimate: boolean;
}

interface Known {
  runs: readonly CalendarRun[];
  starts: readonly CalendarStart[];
  drafts: readonly CalendarDraft[];
}
type Begun = Pick<PlannedSend, 'kind' | 'state' | 'run'> & {
  startAt: number;
  peopleMax: (at: number) => number | null;
};

/** By their day. `now`: business time, epoch ms. */
export function plannedSends({ runs, starts, drafts }: Known, span: Span, zone: string, now: number): PlannedSend[] {
  const launched = new Set(starts.map(({ campaign }) => campaign));
  // a slot before the first day may send within the span
  const ahead = (start: Parameters<typeof slotsOf>[0], own: string) => slotsOf(start, own, now, span.to.getTime());
  const sends = [
    ...runs.flatMap(({ definition, id: run, state, startedAt, audience, active }) => {
      // who is sent to first are all; later, at most who is left
      const peopleMax = (at: number) => (at <= startedAt.getTime() ? audience : at <= now ? null : active);
      return sendsOf(definition.campaign, { kind: 'run', state, run, startAt: startedAt.getTime(), peopleMax }, zone);
    }),
    ...starts.flatMap(({ definition, start, zone: own, lastAudience }) =>
      ahead(start, own).flatMap((startAt) =>
        sendsOf(
          definition.campaign,
          { kind: 'start', state: 'launched', run: null, startAt, peopleMax: () => lastAudience },
          zone,
        ),
      ),
    ),
    ...drafts
      .filter(({ campaign }) => !launched.has(campaign))
      .flatMap(({ draft, state }) => {
        const { start } = draft;
        if (!isTimed(start)) return [];
        return ahead(start, draft.zone).flatMap((startAt) =>
          sendsOf(draft, { kind: 'draft', state, run: null, startAt, peopleMax: () => null }, zone),
        );
      }),
  ];
  return sends
    .filter(({ latestAt }) => latestAt >= span.from && latestAt < span.to)
    .sort((a, b) => a.latestAt.getTime() - b.latestAt.getTime() || (a.campaign < b.campaign ? -1 : 1));
}

function sendsOf(
  { key: campaign, name, journey }: Campaign,
  { startAt, peopleMax, ...begun }: Begun,
  zone: string,
): PlannedSend[] {
  return sendsAfter(journey, startAt).map(({ node, earliestAt, latestAt }) => ({
    campaign,
    name,
    ...begun,
    startAt: new Date(startAt),
    node,
    earliestAt: new Date(earliestAt),
    latestAt: new Date(latestAt),
    day: DateTime.fromMillis(latestAt, { zone }).toISODate() as string,
    peopleMax: peopleMax(latestAt),
    estimate: begun.kind !== 'run' || earliestAt !== startAt || latestAt !== startAt,
  }));
}
