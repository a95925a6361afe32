/**
 * One report over a chain of campaigns that leads back to itself, beside others who come through the same campaigns: each figure equals a recount that
 * follows every customer by the properties of the events that let them in.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { decodeTrace } from '../../src/domain/wave/trace.js';
import { validated } from '../support/campaigns.js';
import { COUNT, FEW, GOAL, playChain, WELCOME } from '../support/linked-chain.js';
import { Stack } from '../support/stack.js';

type Figures = Record<string, number>;
interface Leg {
  campaign: string;
  people: number;
  waves: (Record<string, unknown> & { wave: number; node: string; suppressed: Figures })[];
  cells: (Figures & { offer: string; suppressed: Figures })[];
  treated: Figures;
  holdout: Figures;
  open: Figures;
}
interface Chain {
  campaigns: Leg[];
  seams: (Figures & { campaign: string; node: string; to: string; refused: Figures })[];
  treated: Figures & { amounts: { value: string; currency: string }[] };
  holdout: Figures;
}
interface Part {
  customer_id: string;
  run_id: string;
  campaign: string;
  state: string;
  end_reason: string | null;
}

describe('the report over a chain', () => {
  let stack: Stack;
  let run: string;
  let chain: Chain;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
    run = await playChain(stack);
    chain = await stack.ok('GET', '/v1/campaigns/welcome/chain-report', undefined, { as: 'marketer' });
  }, 300_000);
  afterAll(() => stack?.stop());

  const all = async <T extends object>(sql: string) => (await stack.pool.query(sql)).rows as T[];
  const tally = (keys: readonly string[]): Figures =>
    Object.fromEntries([...Map.groupBy(keys, (key) => key)].map(([key, own]) => [key, own.length]));

  /** Each customer's way: from a run to the run whose entry bears the number of an event that names the run before. */
  async function follow(): Promise<Part[]> {
    const parts = await all<Part>('select p.*, r.campaign from participants p join runs r on r.id = p.run_id');
    const events = await all<{ no: string; customer_id: string; run: string }>(
      `select no, customer_id, properties->>'run' as run from events where name like 'campaign.%'`,
    );
    const entries = await all<{ customer_id: string; run_id: string; event_no: string }>(
      'select * from campaign_entries',
    );
    const found = parts.filter(({ run_id }) => run_id === run);
    for (const part of found) {
      const told = events.filter((one) => one.customer_id === part.customer_id && one.run === part.run_id);
      for (const { no } of told) {
        const entry = entries.find(({ event_no }) => event_no === no);
        const next = parts.find((one) => one.customer_id === entry?.customer_id && one.run_id === entry.run_id);
        if (next) found.push(next);
      }
    }
    return found;
  }
  const within =
    (parts: readonly Part[]) =>
    <T extends { customer_id: string; run_id: string }>(rows: readonly T[]) =>
      rows.filter((row) => parts.some((one) => one.customer_id === row.customer_id && one.run_id === row.run_id));

  it('has a section per campaign in the order of the chain, with whom the chain led there and nobody else', async () => {
    const parts = await follow();
    expect(chain.campaigns.map(({ campaign }) => campaign)).toEqual(['welcome', 'offer', 'thanks']);
    expect(Object.fromEntries(chain.campaigns.map(({ campaign, people }) => [campaign, people]))).toEqual(
      tally(parts.map(({ campaign }) => campaign)),
    );
    const { id } = await stack.one<{ id: string }>(`select run_id as id from event_starts where campaign = 'offer'`);
    const whole = await stack.ok('GET', `/v1/runs/${id}/report`);
    expect(whole.treated.people).toBe((chain.campaigns[1]?.people ?? 0) + FEW.length);
  });

  it('counts each wave as a recount of every customer does', async () => {
    const parts = await follow();
    type Row = { customer_id: string; run_id: string; node: string; visit: number; wave: number; state: string };
    const messages = await all<Row>('select * from outbox');
    const responses = await all<Row & { late: boolean }>('select * from responses');
    const payouts = await all<Row>('select * from payouts');
    const trace = await all<Row & { steps: string }>(
      `select t.* from trace t join decision_contexts x on x.id = t.context_id and x.kind = 'cohort'`,
    );
    for (const { campaign, waves, cells, open, treated, holdout } of chain.campaigns) {
      const own = within(parts.filter((one) => one.campaign === campaign));
      const codes = own(trace).flatMap(({ steps }) =>
        decodeTrace(steps).flatMap(({ node, codes: said }) => (node === 'send' ? said : [])),
      );
      const suppressed = tally(codes.flatMap((code) => /^message=suppressed:(.*)$/.exec(code)?.[1] ?? []));
      const sent = own(messages).filter(({ state }) => state === 'accepted').length;
      const figures = {
        entered: codes.filter((code) => /^message=(queued|suppressed)/.test(code)).length,
        suppressed,
        sent,
        responded: own(responses).filter(({ late }) => !late).length,
        late: own(responses).filter(({ late }) => late).length,
        paid: own(payouts).filter(({ state }) => state === 'paid').length,
      };
      expect(waves).toEqual([
        expect.objectContaining({ wave: 1, node: 'send', open: 0, rejected: {}, withheld: {}, ...figures }),
      ]);
      expect(cells).toEqual([expect.objectContaining(figures)]);
      expect(figures.entered).toBe(sent + Object.values(suppressed).reduce((a, b) => a + b, 0));
      expect(open).toEqual({ participants: 0, failed: 0, messages: 0, payouts: 0 });
      const held = parts.filter((one) => one.campaign === campaign && one.end_reason === 'holdout').length;
      expect([treated['people'], holdout['people']]).toEqual([
        parts.filter((one) => one.campaign === campaign).length - held,
        held,
      ]);
    }
    expect(chain.campaigns[0]?.waves[0]).toMatchObject({ suppressed: { no_address: 1 } });
  });

  it('counts the seams: who got in, and who did not and why', async () => {
    const parts = await follow();
    type Link = {
      customer_id: string;
      run_id: string;
      node: string;
      campaign: string;
      outcome: string;
      reason: string;
    };
    const links = within(parts)(await all<Link>('select * from links'));
    const nameOf = new Map(parts.map(({ run_id, campaign }) => [run_id, campaign]));
    const expected = [...Map.groupBy(links, (one) => `${nameOf.get(one.run_id)}/${one.node}/${one.campaign}`)].map(
      ([name, own]) => {
        const refused = own.filter(({ outcome }) => outcome === 'refused');
        const [campaign, node, to] = name.split('/');
        return expect.objectContaining({
          campaign,
          node,
          to,
          version: 1,
          links: own.length,
          told: own.length,
          waiting: 0,
          failed: 0,
          notOpen: 0,
          entered: own.length - refused.length,
          refused: tally(refused.map(({ reason }) => reason)),
        });
      },
    );
    expect(expected.length).toBe(3);
    expect(chain.seams).toHaveLength(expected.length);
    expect(chain.seams).toEqual(expect.arrayContaining(expected));
    const [first] = chain.seams;
    expect(first).toMatchObject({ campaign: 'welcome', node: 'on', to: 'offer' });
    expect(first?.refused['entered_before']).toBeGreaterThan(0); // those whom the stranger had led there
    expect(chain.seams.find(({ campaign }) => campaign === 'thanks')).toMatchObject({
      to: 'offer',
      entered: 0,
      refused: { entered_before: expect.any(Number) },
    });
  });

  it('counts each customer once over the whole chain, beside the holdout', async () => {
    const parts = await follow();
    const own = within(parts);
    const distinct = (rows: readonly { customer_id: string }[]) =>
      new Set(rows.map(({ customer_id }) => customer_id)).size;
    type Row = { customer_id: string; run_id: string; state: string; late: boolean; amount: string };
    const paid = own(await all<Row>('select * from payouts')).filter(({ state }) => state === 'paid');
    const held = new Set(
      parts.filter(({ end_reason }) => end_reason === 'holdout').map(({ customer_id }) => customer_id),
    );
    const total = paid.reduce((sum, { amount }) => sum + Number(amount), 0);
    expect(chain.treated).toEqual({
      people: COUNT - held.size,
      sent: distinct(own(await all<Row>('select * from outbox')).filter(({ state }) => state === 'accepted')),
      responded: distinct(own(await all<Row>('select * from responses')).filter(({ late }) => !late)),
      rewarded: distinct(paid),
      payouts: paid.length,
      amounts: [{ value: String(total), currency: 'KRW' }],
      goal: GOAL.filter((id) => !held.has(id)).length,
    });
    expect(chain.holdout).toEqual({ people: held.size, goal: GOAL.filter((id) => held.has(id)).length });
    expect(held.size).toBeGreaterThan(0);
    expect(paid.length).toBeGreaterThan(distinct(paid)); // somebody was rewarded twice along the chain
    expect(total).not.toBe(5_000 * paid.length);
  });

  it('is the same from the run, from a campaign in the middle it is that campaign’s, and as a table it says the same', async () => {
    const { run: _run, campaign: _campaign, ...ofCampaign } = chain as Chain & { run: null; campaign: string };
    const { run: named, campaign: none, ...ofRun } = await stack.ok('GET', `/v1/runs/${run}/chain-report`);
    expect([named, none, ofRun]).toEqual([run, null, ofCampaign]);
    const offer = await stack.ok('GET', '/v1/campaigns/offer/chain-report');
    expect(offer.campaigns.map(({ campaign }: Leg) => campaign)).toEqual(['offer', 'thanks']);
    expect(offer.treated.people).toBe((chain.campaigns[1]?.people ?? 0) + FEW.length);

    const { body, headers } = await stack.request('GET', '/v1/campaigns/welcome/chain-report.csv');
    expect(headers.get('content-disposition')).toContain('chain-welcome.csv');
    const table = parse<Record<string, string>>(body as string, { bom: true, columns: true });
    const group = (name: string) => table.filter((row) => row['group'] === name);
    expect(group('wave').map((row) => [row['campaign'], Number(row['sent']), Number(row['paid'])])).toEqual(
      chain.campaigns.flatMap(({ campaign, cells }) => cells.map(({ sent, paid }) => [campaign, sent, paid])),
    );
    expect(group('seam').map((row) => [row['to'], Number(row['link told']), Number(row['link entered'])])).toEqual(
      chain.seams.map(({ to, told, entered }) => [to, told, entered]),
    );
    const [treated] = group('chain treated');
    expect([treated?.['entered'], treated?.['amount KRW']]).toEqual([
      String(chain.treated['people']),
      chain.treated.amounts[0]?.value,
    ]);
    expect(group('chain holdout').map(({ entered }) => Number(entered))).toEqual([chain.holdout['people']]);
  });

  it('of a campaign without runs has nobody in it, and of none at all is not found', async () => {
    await validated(stack, { ...WELCOME, key: 'later' });
    expect(await stack.ok('GET', '/v1/campaigns/later/chain-report')).toMatchObject({
      campaigns: [],
      seams: [],
      treated: { people: 0, amounts: [] },
    });
    for (const path of ['/v1/campaigns/none/chain-report', '/v1/runs/none/chain-report.csv'])
      expect((await stack.request('GET', path)).status).toBe(404);
  });

  it('who did not get in is listed by the reason, and their story tells it', async () => {
    const listed: string[] = [];
    let cursor = '';
    do {
      const at = `/v1/runs/${run}/links?outcome=refused&reason=entered_before&limit=2${cursor && `&cursor=${cursor}`}`;
      const { items, next } = await stack.ok('GET', at, undefined, { as: 'operator' });
      listed.push(...items.map(({ customer }: { customer: string }) => customer));
      cursor = next ?? '';
    } while (cursor !== '');
    expect(listed.length).toBe(chain.seams[0]?.refused['entered_before']);
    expect(FEW).toEqual(expect.arrayContaining(listed));
    const [customer = ''] = listed;
    const stageOf = async (campaign: string, stage: string) => {
      const { stages } = await stack.ok('GET', `/v1/customers/${customer}/why?campaign=${campaign}`);
      return stages.find((one: { stage: string }) => one.stage === stage).findings;
    };
    expect(await stageOf('welcome', 'branch')).toContainEqual(
      expect.objectContaining({ code: 'link_outcome', node: 'on', value: 'refused:entered_before' }),
    );
    const linked = (await stageOf('offer', 'trigger')).filter(({ code }: { code: string }) => code === 'linked');
    expect(linked.map(({ says }: { says: string }) => says)).toEqual([
      'came by the link on of stranger: entered',
      'came by the link on of welcome: refused:entered_before',
    ]);
    const { items } = await stack.ok('GET', `/v1/customers/${customer}/timeline?limit=200`);
    expect(items).toContainEqual(
      expect.objectContaining({
        kind: 'link',
        run,
        detail: expect.objectContaining({ campaign: 'offer', outcome: 'refused', reason: 'entered_before' }),
      }),
    );
    const unknown = await stack.request('GET', `/v1/runs/${run}/links?outcome=lost`);
    expect([unknown.status, unknown.body.errors[0].parameter]).toEqual([400, 'outcome']);
    await stack.auditClean();
  });
});
