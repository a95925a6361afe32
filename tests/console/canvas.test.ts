/**
 * The canvas without its page: a journey is its graph and back, no edit leaves an edge that leads nowhere, undo undoes, YAML keeps what was not
 * touched, and a diff tells exactly what differs.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  canBeNamed,
  connect,
  insertOn,
  removable,
  removeNode,
  renameNode,
} from '../../console/src/canvas/graph/edit.js';
import { changeOf } from '../../console/src/canvas/graph/diff.js';
import { faultsAt, placeFaults } from '../../console/src/canvas/graph/faults.js';
import { ENTRY, inOrder, toGraph, toJourney } from '../../console/src/canvas/graph/graph.js';
import { begun, changed, redone, undone } from '../../console/src/canvas/graph/history.js';
import { KINDS } from '../../console/src/canvas/graph/kinds.js';
import { layoutInput, place } from '../../console/src/canvas/graph/layout.js';
import { inReadingOrder } from '../../console/src/canvas/graph/order.js';
import { shapeFault } from '../../console/src/canvas/graph/shape.js';
import { readYaml, rewritten, writeYaml } from '../../console/src/canvas/graph/yaml-text.js';
import type { Campaign, Journey } from '../../console/src/client/types.gen.js';
import { edgesOf } from '../../src/domain/journey/graph.js';
import { twoWaves } from '../support/campaigns.js';
import { journeys } from '../support/journeys.js';

const CAMPAIGN = twoWaves() as unknown as Campaign;
const { journey: WAVES } = CAMPAIGN;

/** As the engine reads edges, not as the canvas does. */
const leadsNowhere = ({ start, nodes }: Journey) => [
  ...(Object.hasOwn(nodes, start) ? [] : [start]),
  ...Object.values(nodes).flatMap((node) =>
    edgesOf(node as Parameters<typeof edgesOf>[0])
      .map(({ to }) => to)
      .filter((to) => !Object.hasOwn(nodes, to)),
  ),
];

/** One edit at random, by numbers. */
function edited(journey: Journey, [what, n, m]: readonly [number, number, number]): Journey {
  const { edges } = toGraph(journey);
  const ids = Object.keys(journey.nodes);
  const id = ids[n % ids.length] as string;
  const edge = edges[m % edges.length];
  if (what === 0 && edge) return insertOn(journey, edge, KINDS[n % KINDS.length] ?? 'send')?.journey ?? journey;
  if (what === 1 && edge) return connect(journey, edge, id);
  if (what === 2) return removeNode(journey, id);
  return renameNode(journey, id, `named-${m}`);
}

const edits = fc.array(fc.tuple(fc.nat(3), fc.nat(99), fc.nat(99)), { maxLength: 15 });

describe('a journey as a graph', () => {
  it('is the same journey again, its fields in their order', () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        expect(JSON.stringify(toJourney(toGraph(journey)))).toBe(JSON.stringify(journey));
      }),
    );
  });

  it('has the edges that the engine sees', () => {
    fc.assert(
      fc.property(journeys, ({ start, nodes }) => {
        const ours = toGraph({ start, nodes }).edges.filter(({ from }) => from !== ENTRY);
        const engines = Object.entries(nodes).flatMap(([from, node]) =>
          edgesOf(node as Parameters<typeof edgesOf>[0]).map(({ to }) => `${from} ${to}`),
        );
        expect(ours.map(({ from, to }) => `${from} ${to}`).toSorted()).toEqual(engines.toSorted());
      }),
    );
  });

  it('names every node once, the reached ones first', () => {
    expect(inOrder(toGraph(WAVES)).slice(0, 3)).toEqual(['send-1', 'wait-1', 'bought-1']);
    fc.assert(
      fc.property(journeys, (journey) => {
        expect(inOrder(toGraph(journey)).toSorted()).toEqual(Object.keys(journey.nodes).toSorted());
      }),
    );
  });

  it('is laid out with every node at a place of its own', () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        const places = [...place(layoutInput(toGraph(journey))).nodes.values()];
        expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(Object.keys(journey.nodes).length);
        expect(places.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('an edit', () => {
  it('leaves no edge that leads nowhere, whatever was edited before, and changes nothing in place', () => {
    fc.assert(
      fc.property(journeys, edits, (journey, all) => {
        const before = JSON.stringify(journey);
        let now = journey;
        for (const one of all) {
          now = edited(now, one);
          expect(leadsNowhere(now)).toEqual([]);
        }
        expect(JSON.stringify(journey)).toBe(before);
      }),
    );
  });

  it('puts a node on an edge: before it comes what came before, behind it what came behind', () => {
    fc.assert(
      fc.property(journeys, fc.nat(99), fc.constantFrom(...KINDS), (journey, n, kind) => {
        const { edges } = toGraph(journey);
        const on = edges[n % edges.length];
        if (!on) return;
        const { journey: after, id } = insertOn(journey, on, kind) as { journey: Journey; id: string };
        const now = toGraph(after).edges;
        expect(now).toContainEqual({ ...on, to: id });
        const ways = now.filter(({ from, port }) => from === id && port !== 'again');
        expect(ways.every(({ to }) => to === on.to)).toBe(true);
        // and it is taken out again as it was put in
        if (ways.length > 0 && on.to !== id) expect(removeNode(after, id)).toEqual(journey);
      }),
    );
  });

  it('refuses to remove the end of those who would have nowhere to go', () => {
    expect(removable(WAVES, 'done')).toBe(false);
    expect(removeNode(WAVES, 'done')).toBe(WAVES);
    expect(removeNode(WAVES, 'send-1').start).toBe('wait-1');
    const loose: Journey = { ...WAVES, nodes: { ...WAVES.nodes, loose: { type: 'exit' } } };
    expect(removeNode(loose, 'loose')).toEqual(WAVES);
  });

  it('renames a node wherever it is named, and takes no name that is not free', () => {
    const named = renameNode(WAVES, 'wait-1', 'first-days');
    expect(JSON.stringify(named)).not.toContain('wait-1');
    expect(named.nodes['bought-1']).toMatchObject({ on: { responded: 'first-days' } });
    expect(renameNode(named, 'first-days', 'wait-1')).toEqual(WAVES);
    expect(renameNode(WAVES, 'wait-1', 'done')).toBe(WAVES);
    expect([canBeNamed(WAVES, 'wait-1', 'Wait'), canBeNamed(WAVES, 'wait-1', 'wait-1')]).toEqual([false, true]);
  });
});

describe('undo', () => {
  it('goes back step by step, and forth again; typing into one field is one step', () => {
    const typed = ['h', 'he', 'hel'].reduce((history, text) => changed(history, text, 'name'), begun(''));
    expect([typed.present, undone(typed).present]).toEqual(['hel', '']);
    const more = changed(typed, 'hel!', null);
    expect(redone(undone(more))).toMatchObject({ present: 'hel!', future: [] });
    const [back, forth] = [undone(undone(more)), redone(redone(undone(undone(more))))];
    expect([back.present, forth.present]).toEqual(['', 'hel!']);
    expect(changed(undone(more), 'other', null).future).toEqual([]);
    expect(undone(begun('first')).present).toBe('first');
  });
});

describe('a fault', () => {
  it('is at its node and field, or at the campaign', () => {
    const placed = placeFaults([
      { pointer: '/journey/nodes/send-1/template', detail: 'does not exist' },
      { pointer: '/journey/nodes/send-1', detail: 'is not reached from the start' },
      { pointer: '/segment', detail: 'does not exist' },
    ]);
    expect(placed.map(({ node, field }) => [node, field])).toEqual([
      ['send-1', '/template'],
      ['send-1', ''],
      [null, '/segment'],
    ]);
    expect(faultsAt(placed, '/template')).toEqual(['does not exist']);
  });

  it('of a shape that cannot be drawn is told with its place', () => {
    const split = { type: 'split', arms: [{ name: 'a', weight: 1 }] };
    const journey = (node: unknown) => ({ journey: { start: 'a', nodes: { a: node } } });
    expect(shapeFault(CAMPAIGN)).toBeNull();
    expect(shapeFault(journey(split))?.pointer).toBe('/journey/nodes/a/arms/0/next');
    expect(shapeFault(journey({ type: 'letter' }))?.pointer).toBe('/journey/nodes/a/type');
    expect([shapeFault(3)?.pointer, shapeFault({})?.pointer]).toEqual(['', '/journey']);
  });
});

describe('a diff', () => {
  it('is empty of itself, and tells added, removed and changed nodes with their fields', () => {
    const { journey, id } = insertOn(WAVES, { from: 'send-2', port: 'next' }, 'wait') as {
      journey: Journey;
      id: string;
    };
    const after = { ...CAMPAIGN, name: 'other', journey: removeNode(journey, 'reward-2') };
    const change = changeOf(CAMPAIGN, after);
    const fates = Object.fromEntries(
      change.nodes.filter(({ fate }) => fate !== 'same').map((one) => [one.id, one.fate]),
    );
    expect(fates).toEqual({ [id]: 'added', 'reward-2': 'removed', 'send-2': 'changed', 'bought-2': 'changed' });
    expect(change.fields).toEqual([{ pointer: '/name', before: CAMPAIGN.name, after: 'other' }]);
    expect(change.nodes.find((one) => one.id === 'send-2')?.fields).toEqual([
      { pointer: '/next', before: 'wait-2', after: id },
    ]);
    fc.assert(
      fc.property(journeys, edits, (before, all) => {
        const later = all.reduce(edited, before);
        const { nodes } = changeOf({ ...CAMPAIGN, journey: before }, { ...CAMPAIGN, journey: later });
        const kept = nodes.filter(({ fate }) => fate !== 'removed').map(({ id: node }) => node);
        expect(kept.toSorted()).toEqual(Object.keys(later.nodes).toSorted());
        expect(nodes.every(({ fate, id: node }) => (fate === 'same') === same(before, later, node))).toBe(true);
      }),
    );
  });
});

const same = (one: Journey, other: Journey, id: string) =>
  JSON.stringify(one.nodes[id]) === JSON.stringify(other.nodes[id]);

describe('YAML', () => {
  it('is in the order in which one reads it, with nothing else changed', () => {
    const shuffled = {
      ...CAMPAIGN,
      journey: { nodes: Object.fromEntries(Object.entries(WAVES.nodes).toReversed()), start: WAVES.start },
    };
    const read = inReadingOrder(shuffled);
    expect(read).toEqual(CAMPAIGN);
    expect(Object.keys(read)).toEqual(['key', 'name', 'purpose', 'segment', 'priority', 'quietHours', 'journey']);
    expect(Object.keys(read.journey.nodes).slice(0, 3)).toEqual(['send-1', 'wait-1', 'bought-1']);
    expect(Object.keys(read.journey.nodes['bought-1'] ?? {})).toEqual(['type', 'on', 'yes', 'no']);
  });

  it('is the same campaign again, after any edit', () => {
    fc.assert(
      fc.property(journeys, edits, (journey, all) => {
        const later = all.reduce(edited, journey);
        expect(readYaml(writeYaml(journey))).toEqual({ ok: true, value: journey });
        expect(readYaml(rewritten(writeYaml(journey), later).text)).toEqual({ ok: true, value: later });
      }),
    );
  });

  it('keeps comments where nothing was touched, and says how many went', () => {
    const text = writeYaml(CAMPAIGN)
      .replace('name:', '# what the customer never sees\nname:')
      .replace('priority: 0', 'priority: 0 # the least')
      .replace('    reward-2:', '    # the second gift\n    reward-2:');
    const changedText = rewritten(text, { ...CAMPAIGN, priority: 3 });
    expect(changedText.lost).toBe(0);
    expect(changedText.text).toBe(text.replace('priority: 0', 'priority: 3'));
    const without = rewritten(text, { ...CAMPAIGN, journey: removeNode(WAVES, 'reward-2') });
    expect(without.lost).toBe(1);
    expect(without.text).toContain('# what the customer never sees');
    expect(without.text).toContain('priority: 0 # the least');
  });

  it('names the line of what cannot be read', () => {
    expect(readYaml('name: a\nkey: [')).toMatchObject({ ok: false, line: 2 });
  });
});
