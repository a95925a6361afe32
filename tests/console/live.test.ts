/**
 * A run as the console shows it: its people on the drawing add up and are the API's own, responses are told from their spans, and how sure one can be
 * of a difference is the published formula.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countsOf } from '../../console/src/canvas/graph/figures.js';
import { ENTRY, toGraph } from '../../console/src/canvas/graph/graph.js';
import { wayOf } from '../../console/src/canvas/graph/layout.js';
import type { Journey, NodeFigures } from '../../console/src/client/types.gen.js';
import { curveOf, lineOf, secondsOfAxis, timeOfShare } from '../../console/src/format/curve.js';
import { spanWords } from '../../console/src/format/span.js';
import { daysOfMonth, monthAfter, weeksOf } from '../../console/src/format/month.js';
import { upliftOf } from '../../console/src/format/uplift.js';
import { nodeFigures } from '../../src/api/runs/run-figures.js';
import { edgesOf } from '../../src/domain/journey/graph.js';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import type { Count } from '../../src/storage/runs.store.js';
import { journeys } from '../support/journeys.js';

const STEPS_MAX = 12;

/** People who walk at random, each step counted as the engine counts it (law 4): where they came, stand, went and ended. */
function walked(journey: Journey, walks: readonly (readonly number[])[]): Count[] {
  const counts: Count[] = [];
  const add = (node: string, visit: number, measure: string, reason = '', n = 1) =>
    counts.push({ node, visit, measure, reason, n });
  for (const turns of walks) {
    let [node, visit] = [journey.start, 1];
    add(node, visit, 'entered');
    add(node, visit, 'here');
    for (const turn of turns) {
      const ways = edgesOf(journey.nodes[node] as Parameters<typeof edgesOf>[0]);
      const to = ways[turn % (ways.length + 1)]?.to;
      add(node, visit, 'here', '', -1);
      if (to === undefined) {
        add(node, visit, 'ended', 'left');
        break;
      }
      add(node, visit, 'moved', to);
      if (turn % 5 === 0) visit = 2;
      node = to;
      add(node, visit, 'entered');
      add(node, visit, 'here');
    }
  }
  const keyOf = ({ n: _, ...key }: Count) => JSON.stringify(key);
  return [...Map.groupBy(counts, keyOf).values()]
    .map((own) => ({ ...(own[0] as Count), n: own.reduce((sum, { n }) => sum + n, 0) }))
    .filter(({ n }) => n !== 0);
}

const walks = fc.array(fc.array(fc.nat(60), { maxLength: STEPS_MAX }), { maxLength: 30 });

describe('the people of a run on its drawing', () => {
  it('add up at every node and on every way, whatever the journey and whoever walked it', () => {
    fc.assert(
      fc.property(journeys, walks, (journey, turns) => {
        const definition = { campaign: { journey }, waves: {}, templates: {} } as unknown as LaunchedCampaign;
        const figures = nodeFigures(definition, walked(journey, turns)) as NodeFigures[];
        const graph = toGraph(journey);
        const { nodes, ways } = countsOf(graph, figures);
        expect([...nodes.values()].filter(({ adds }) => !adds)).toEqual([]);
        expect([...nodes.keys()]).toEqual(Object.keys(journey.nodes));
        expect(ways.get(wayOf(ENTRY, journey.start))).toBe(turns.length);
        // whoever came to a node took one of the ways that lead to it
        const pairs = new Map(graph.edges.map(({ from, to }) => [wayOf(from, to), to]));
        for (const [node, { entered }] of nodes) {
          const came = [...pairs].filter(([, to]) => to === node).reduce((sum, [way]) => sum + (ways.get(way) ?? 0), 0);
          expect([node, came]).toEqual([node, entered]);
        }
        const [here, ended] = [...nodes.values()].reduce(([h, e], one) => [h + one.here, e + one.ended], [0, 0]);
        expect((here ?? 0) + (ended ?? 0)).toBe(turns.length);
      }),
    );
  });

  it('are marked where the API told sums that do not add up', () => {
    const journey: Journey = { start: 'a', nodes: { a: { type: 'exit' } } };
    const people = { entered: 3, here: 1, moved: {}, ended: { done: 1 } };
    expect(countsOf(toGraph(journey), [{ node: 'a', people }]).nodes.get('a')).toEqual({
      entered: 3,
      here: 1,
      ended: 1,
      adds: false,
    });
  });
});

describe('responses since a wave was sent', () => {
  const points = curveOf(
    [
      { fromSeconds: 0, responded: 4, late: 0 },
      { fromSeconds: 120, responded: 4, late: 1 },
      { fromSeconds: 600, responded: 0, late: 1 },
    ],
    60,
  );

  it('are added up to the end of each span, late ones too', () => {
    expect(points).toEqual([
      { seconds: 0, count: 0 },
      { seconds: 60, count: 4 },
      { seconds: 180, count: 9 },
      { seconds: 660, count: 10 },
    ]);
    expect(lineOf(points, 60).map(({ seconds, count }) => [seconds, count])).toEqual([
      [0, 0],
      [60, 4],
      [120, 4],
      [180, 9],
      [600, 9],
      [660, 10],
    ]);
    expect([timeOfShare(points, 0.5), timeOfShare(points, 0.9), timeOfShare(curveOf([], 60), 0.5)]).toEqual([
      180,
      180,
      null,
    ]);
  });

  it('have an axis of a few round moments, however long it is', () => {
    expect(secondsOfAxis(660)).toEqual([0, 120, 240, 360, 480, 600]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * 86_400 }), (most) => {
        const axis = secondsOfAxis(most);
        expect(axis.length).toBeLessThanOrEqual(7);
        expect(axis.at(-1)).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe('the difference between treated and held out', () => {
  it('has the interval of Agresti and Caffo', () => {
    // (13/102 − 6/102) ± 1.96 √(…), worked out by hand
    const uplift = upliftOf({ people: 100, goal: 12 }, { people: 100, goal: 5 });
    expect(uplift?.points).toBeCloseTo(0.07, 10);
    expect(uplift?.from).toBeCloseTo(-0.0106, 3);
    expect(uplift?.to).toBeCloseTo(0.1478, 3);
  });

  it('is none without a group, and never beyond all', () => {
    expect(upliftOf({ people: 3, goal: 1 }, { people: 0, goal: 0 })).toBeNull();
    expect(upliftOf({ people: 1, goal: 1 }, { people: 1, goal: 0 })?.to).toBeLessThanOrEqual(1);
  });
});

describe('a month of the calendar', () => {
  it('has its days in weeks from Monday, leap days too, and months before and after', () => {
    expect([daysOfMonth('2028-02').length, daysOfMonth('2026-02').length]).toEqual([29, 28]);
    expect(weeksOf('2026-03')[0]).toEqual([null, null, null, null, null, null, '2026-03-01']);
    expect(weeksOf('2026-03').flat().filter(Boolean)).toEqual(daysOfMonth('2026-03'));
    expect(weeksOf('2026-06').map((week) => week.length)).toEqual([7, 7, 7, 7, 7]);
    expect([monthAfter('2026-01', -1), monthAfter('2026-12', 1)]).toEqual(['2025-12', '2027-01']);
  });

  it('and spans are said as a person says them', () => {
    expect([spanWords('P7D', 'en'), spanWords('PT1H', 'en'), spanWords('P7D', 'ko')]).toEqual([
      '7 days',
      '1 hour',
      '7일',
    ]);
    expect(spanWords('P1DT12H', 'ko')).toBe('P1DT12H');
  });
});
