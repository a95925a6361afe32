/**
 * The report cut by wave, label and offer equals a recount by hand from the rows of each participant, and its waves equal the counters; the table is what a
 * spreadsheet reads without running anything.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { decodeTrace } from '../../src/domain/wave/trace.js';
import { COUNTS, toCsv } from '../../src/api/runs/report-cells.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
/** The attribute grade is gold for those with an odd number. */
const labelOf = (customer: string) => (Number(customer.slice(1)) % 2 === 1 ? '우수 고객' : null);
const GOAL = { event: 'signed_up', window: 'PT1H' };

interface Cell {
  wave: number;
  arm: string | null;
  label: string | null;
  offer: string;
  suppressed: Record<string, number>;
  [count: string]: unknown;
}
interface Row {
  customer_id: string;
  node: string;
  visit: number;
  wave: number;
}

describe('the report of a run', () => {
  let stack: Stack;
  let run: string;
  let report: { waves: Cell[]; cells: Cell[]; why: unknown; treated: unknown; holdout: unknown };

  beforeAll(async () => {
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      simulator: { providers: [{}], gateways: [{ receipts: { delivered: 0.5 } }] },
    });
    await defineBasics(stack);
    await stack.ok('PUT', '/v1/templates/again', { channel: 'push', body: 'again' });
    await importCustomers(
      stack,
      customers(COUNT, (n) => (n === 2 ? { addresses: {} } : n === 4 ? { status: 'incident' } : {})),
    );
    const campaign = twoWaves({ span: 'PT20S' }) as { journey: { nodes: Record<string, object> } };
    campaign.journey.nodes['send-2'] = { ...campaign.journey.nodes['send-2'], template: 'again' };
    const why = { goal: GOAL, kpiTarget: '5 %', hypothesis: '=1+1', product: 'card' };
    const gold = { combinator: 'and', rules: [{ field: 'attribute.grade', operator: '=', value: 'gold' }] };
    await stack.ok('PUT', '/v1/segments/golds', { name: 'golds', rule: gold });
    const labels = [{ name: '우수 고객', segment: 'golds' }];
    run = await launch(stack, { ...campaign, ...why, labels, review: { number: '2026-1', validUntil: '2026-12-31' } });
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length >= COUNT - 2);
    await respond(stack, ['c00001', 'c00003', 'c00010']);
    await respond(stack, ['c00001', 'c00004', 'c00020', 'c00021'], 'signed_up', 'goal');
    await settled(stack, run);
    // occurred inside the second wave's window, told when its wait had closed
    const { at } = await stack.one<{ at: Date }>(
      `select window_from + interval '1 second' as at from closed_waits where run_id = $1 and customer_id = 'c00030' and wave = 2`,
      [run],
    );
    const late = { messageId: 'late', userId: 'c00030', event: 'purchase', timestamp: at.toISOString() };
    const sentAt = new Date(await stack.businessNow()).toISOString();
    await stack.ok('POST', '/v1/track', { ...late, sentAt }, { as: 'source' });
    await until('the late one is paid, too', async () => {
      const { n } = await stack.one<{ n: number }>(
        `select count(*)::int as n from payouts where run_id = $1 and customer_id = 'c00030' and state = 'paid'`,
        [run],
      );
      return n === 1;
    });
    report = await until('every receipt is in', async () => {
      const { n } = await stack.one<{ n: number }>('select count(*)::int as n from receipts');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const later = await stack.one<{ n: number }>('select count(*)::int as n from receipts');
      return n > 0 && n === later.n ? await stack.ok('GET', `/v1/runs/${run}/report`) : null;
    });
  });
  afterAll(() => stack.stop());

  const rows = async <T extends object>(sql: string): Promise<T[]> => (await stack.pool.query(sql, [run])).rows as T[];

  /** One participant after the other, from their own rows. */
  async function recount(): Promise<Cell[]> {
    const trace = await rows<{ customer_id: string; steps: string }>(
      `select t.customer_id, t.steps from trace t join decision_contexts x on x.id = t.context_id where t.run_id = $1 and x.kind = 'cohort'`,
    );
    const messages = await rows<Row & { id: string; state: string }>('select * from outbox where run_id = $1');
    const responses = await rows<Row & { late: boolean }>('select * from responses where run_id = $1');
    const payouts = await rows<Row & { state: string }>('select * from payouts where run_id = $1');
    const delivered = new Set(
      (
        await stack.pool.query<{ id: string }>(`select message_id as id from receipts where event = 'delivered'`)
      ).rows.map(({ id }) => id),
    );
    const goal = new Set(
      (
        await stack.pool.query<{ id: string }>(`select customer_id as id from events where name = 'signed_up'`)
      ).rows.map(({ id }) => id),
    );
    const offers: Record<string, [number, string]> = { 'send-1': [1, 'hello@1'], 'send-2': [2, 'again@1'] };
    const cells = new Map<string, Cell & Record<string, number>>();
    for (const { customer_id: customer, steps } of trace) {
      for (const { node, visit, codes } of decodeTrace(steps)) {
        const [wave, offer] = offers[node] ?? [0, ''];
        const fate = codes.find((code) => /^message=(queued|suppressed)/.test(code));
        if (wave === 0 || !fate) continue;
        const zero = { entered: 0, sent: 0, delivered: 0, responded: 0, late: 0, paid: 0, goal: 0 };
        const label = labelOf(customer);
        const cell = (cells.get(`${node} ${label}`) ?? {
          wave,
          arm: null,
          label,
          offer,
          ...zero,
          suppressed: {},
        }) as never as Cell & Record<string, number>;
        cells.set(`${node} ${label}`, cell);
        const here = (row: Row) => row.customer_id === customer && row.wave === wave && row.visit === visit;
        const add = (count: string, n: number) => ((cell as Record<string, unknown>)[count] = Number(cell[count]) + n);
        const accepted = messages.find((row) => here(row) && row.node === node && row.state === 'accepted');
        add('entered', 1);
        const reason = /^message=suppressed:(.*)$/.exec(fate)?.[1];
        if (reason !== undefined) cell.suppressed[reason] = (cell.suppressed[reason] ?? 0) + 1;
        if (accepted) add('sent', 1);
        if (accepted && delivered.has(accepted.id)) add('delivered', 1);
        add('responded', responses.filter((row) => here(row) && !row.late).length);
        add('late', responses.filter((row) => here(row) && row.late).length);
        add('paid', payouts.filter((row) => here(row) && row.state === 'paid').length);
        if (goal.has(customer)) add('goal', 1);
      }
    }
    return [...cells.values()].sort((a, b) => a.wave - b.wave || Number(a.label === null) - Number(b.label === null));
  }

  /** All cells of one wave as one. */
  function ofWave(wave: number): Cell {
    const [first, ...others] = report.cells.filter((cell) => cell.wave === wave) as [Cell, ...Cell[]];
    const sum = structuredClone(first);
    for (const cell of others) {
      for (const count of COUNTS) sum[count] = Number(sum[count]) + Number(cell[count]);
      for (const [why, n] of Object.entries(cell.suppressed)) sum.suppressed[why] = (sum.suppressed[why] ?? 0) + n;
    }
    return sum;
  }

  it('equals the recount in every cell, and is about something', async () => {
    expect(report.cells).toEqual(await recount());
    expect(report.cells.map(({ wave, label, entered }) => [wave, label, entered])).toEqual([
      [1, '우수 고객', COUNT / 2],
      [1, null, COUNT / 2],
      [2, '우수 고객', COUNT / 2 - 2],
      [2, null, COUNT / 2 - 1],
    ]);
    const [first, second] = [1, 2].map(ofWave);
    expect(first).toMatchObject({
      wave: 1,
      offer: 'hello@1',
      entered: COUNT,
      sent: COUNT - 2,
      suppressed: { incident: 1, no_address: 1 },
      responded: 3,
      paid: 3,
      goal: 4,
    });
    expect(second).toMatchObject({ wave: 2, offer: 'again@1', entered: COUNT - 3, goal: 3 });
    expect(Number(first?.['delivered'])).toBeGreaterThan(0);
    expect(Number(first?.['delivered'])).toBeLessThan(COUNT - 2);
    expect(Number(first?.['late']) + Number(second?.['late'])).toBe(1);
  });

  it('has the same figures per wave as the counters', () => {
    const perWave = [1, 2].map(ofWave).map(({ arm: _arm, label: _label, offer: _offer, ...cell }) => cell);
    const waves = report.waves.map(({ node: _node, ...wave }) => wave);
    expect(waves).toEqual(perWave.map((cell) => expect.objectContaining(cell)));
  });

  it('stands beside why it was made, everybody treated and the holdout', () => {
    expect(report.why).toEqual({
      purpose: 'advertising',
      product: 'card',
      review: { number: '2026-1', validUntil: '2026-12-31' },
      goal: GOAL,
      kpiTarget: '5 %',
      hypothesis: '=1+1',
    });
    expect(report).toMatchObject({ treated: { people: COUNT, goal: 4 }, holdout: { people: 0, goal: 0 } });
  });

  it('is a table with a byte order mark, one line per cell', async () => {
    const response = await fetch(`${stack.api.url}/v1/runs/${run}/report.csv`, {
      headers: { authorization: `Bearer ${stack.keys.finance}` },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/csv/)]);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const lines = parse<Record<string, string>>(bytes, { bom: true, columns: true });
    const columns = ({ group, wave, label, offer, entered, goal }: Record<string, string>) => [
      group,
      wave,
      label,
      offer,
      entered,
      goal,
    ];
    expect(lines.map(columns)).toEqual([
      ...report.cells.map(({ wave, label, offer, entered, goal }) => [
        'wave',
        String(wave),
        label ?? '',
        offer,
        String(entered),
        String(goal),
      ]),
      ['treated', '', '', '', String(COUNT), '4'],
      ['holdout', '', '', '', '0', '0'],
    ]);
    expect(lines[1]).toMatchObject({ 'suppressed incident': '1', 'suppressed no_address': '1' });
  });

  it('runs no formula in a spreadsheet, whatever an offer or reason is called', () => {
    const zero = { entered: 0, sent: 0, delivered: 0, responded: 0, late: 0, paid: 0, goal: 0 };
    const reach = { people: 0, goal: 0 };
    const names = ['=1+1', '+1', '-1', '@sum', '\t=1', '\r=1'];
    const cells = names.map((name) => ({
      wave: 1,
      arm: name,
      label: name,
      offer: name,
      suppressed: { [name]: 1 },
      ...zero,
    }));
    const fields = parse(toCsv({ cells, treated: reach, holdout: reach }), { bom: true }).flat();
    expect(fields.filter((field) => /^[=+\-@\t\r]/.test(field))).toEqual([]);
    expect(fields.some((field) => field.includes('=1+1'))).toBe(true);
  });

  it('is not told of a run that does not exist', async () => {
    expect((await stack.request('GET', '/v1/runs/aaaaaaaaaaaaa/report.csv')).status).toBe(404);
  });
});
