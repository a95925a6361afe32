/** Every fault does what its name says, leaves the book as it must, and repeats by its seed. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { changed, CALM, Dice, drawAfter, drawBefore, type RateName } from '../../src/simulator/faults.js';
import type { Simulator } from '../../src/simulator/index.js';
import { lookUp, message, pay, reverse, sendMessages, Stage, until, type Answer } from './harness.js';

const stage = new Stage();
afterEach(() => stage.clear());

const isAmbiguous = ({ status, headers }: Answer): boolean =>
  status === 'cut' ||
  status === 'timeout' ||
  (typeof status === 'number' && status >= 500 && !(status === 503 && headers.has('retry-after')));

async function both(simulator: Simulator, options: { timeoutMs?: number } = {}): Promise<Answer[]> {
  return [
    await pay(simulator.provider, 'k1', {}, options),
    await sendMessages(simulator.gateway, [message('m1'), message('m2')], options),
  ];
}

async function booked(simulator: Simulator): Promise<number[]> {
  return [(await simulator.provider.readBook()).length, (await simulator.gateway.readBook()).length];
}

describe('a fault before acting', () => {
  it.each<[RateName, number | 'cut']>([
    ['cutBefore', 'cut'],
    ['tooMany429', 429],
    ['unavailable503', 503],
    ['undocumented4xx', 418],
  ])('%s is answered by %s, and nothing is in the books', async (fault, status) => {
    const simulator = await stage.simulator();
    simulator.setFaults({ [fault]: 1 });
    const answers = await both(simulator);
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    expect(await booked(simulator)).toEqual([0, 0]);
    expect(simulator.provider.stats().faults).toEqual({ [fault]: 1 });
    if (status === 429 || status === 503) {
      for (const { headers } of answers) expect(headers.get('retry-after')).toMatch(/^(1|.* GMT)$/);
    }
    simulator.heal();
    expect((await both(simulator)).map((answer) => answer.status)).toEqual([201, 200]);
    expect(await booked(simulator)).toEqual([1, 2]);
  });

  it('error5xxBefore is a 5xx without Retry-After, and nothing is in the books', async () => {
    const simulator = await stage.simulator();
    simulator.setFaults({ error5xxBefore: 1 });
    const answers = await both(simulator);
    expect(answers.every((answer) => typeof answer.status === 'number' && isAmbiguous(answer))).toBe(true);
    expect(await booked(simulator)).toEqual([0, 0]);
  });

  it('shows Retry-After as seconds and as a date not in the past', async () => {
    const simulator = await stage.simulator();
    simulator.setFaults({ tooMany429: 1, retryAfterSeconds: 2 });
    const shown = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      const after = (await pay(simulator.provider, `k${index}`)).headers.get('retry-after') ?? '';
      if (after === '2') shown.add('seconds');
      else if (Date.parse(after) >= Date.now() + 1_000) shown.add('date');
    }
    expect([...shown].sort()).toEqual(['date', 'seconds']);
  });
});

describe('a fault after acting', () => {
  it.each<RateName>(['cutAfter', 'hangAfterActing', 'error5xxAfter'])(
    '%s leaves the caller without an answer, and everything in the books once',
    async (fault) => {
      const simulator = await stage.simulator();
      simulator.setFaults({ [fault]: 1, hangMs: 300 });
      const answers = await both(simulator);
      expect(answers.every(isAmbiguous)).toBe(true);
      expect(await booked(simulator)).toEqual([1, 2]);
      expect((await lookUp(simulator.provider, 'k1')).json.status).toBe('paid');
      simulator.heal();
      expect((await both(simulator)).map((answer) => answer.status)).toEqual([200, 200]);
      expect(await booked(simulator)).toEqual([1, 2]);
    },
  );

  it('a hanging connection is cut after hangMs', async () => {
    const { provider } = await stage.simulator();
    provider.setFaults({ hangAfterActing: 1, hangMs: 50 });
    expect((await pay(provider, 'k1')).status).toBe('cut');
  });

  it('hides a reversal just so', async () => {
    const { provider } = await stage.simulator();
    await pay(provider, 'k1');
    provider.setFaults({ cutAfter: 1 });
    expect((await reverse(provider, 'k1')).status).toBe('cut');
    provider.heal();
    expect((await reverse(provider, 'k1')).status).toBe(200);
    expect((await provider.readBook()).map((line) => line.type)).toEqual(['payment', 'reversal']);
  });
});

describe('a rejection', () => {
  it('comes as a status from both, is in the books, and stays at a repeat', async () => {
    const simulator = await stage.simulator();
    simulator.setFaults({ reject: 1 });
    const [paid, sent] = await both(simulator);
    expect(paid?.status).toBe(201);
    expect(paid?.json).toMatchObject({ status: 'rejected', reason: 'limit_exceeded' });
    expect(sent?.json.results).toEqual([
      expect.objectContaining({ id: 'm1', status: 'rejected', reason: 'unreachable' }),
      expect.objectContaining({ id: 'm2', status: 'rejected', reason: 'unreachable' }),
    ]);
    simulator.heal();
    expect((await both(simulator)).map(({ json }) => json)).toEqual([paid?.json, sent?.json]);
    expect((await simulator.provider.readBook()).map((line) => line.type)).toEqual(['rejection']);
  });

  it('comes as 422 from a provider, again at a repeat, and a look-up says rejected', async () => {
    const { provider } = await stage.simulator();
    provider.setFaults({ reject422: 1 });
    expect((await pay(provider, 'k1')).status).toBe(422);
    provider.heal();
    const again = await pay(provider, 'k1');
    expect([again.status, again.json]).toEqual([422, { reason: 'account_closed' }]);
    expect((await lookUp(provider, 'k1')).json).toMatchObject({
      key: 'k1',
      status: 'rejected',
      reason: 'account_closed',
    });
    expect(await provider.readBook()).toHaveLength(1);
  });
});

describe('slowness', () => {
  it('delays replies, and does not act for a caller who gave up meanwhile', async () => {
    const simulator = await stage.simulator();
    simulator.setLatency([100, 120]);
    const startMs = Date.now();
    expect((await pay(simulator.provider, 'k1')).status).toBe(201);
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(99);
    simulator.setLatency(3_000);
    expect((await pay(simulator.provider, 'k2', {}, { timeoutMs: 1_000 })).status).toBe('timeout');
    await until(() => simulator.provider.stats().gone === 1);
    expect((await simulator.provider.readBook()).map((line) => line.key)).toEqual(['k1']);
  });

  it('a hold keeps one system silent and the other well, until the release', async () => {
    const simulator = await stage.simulator();
    simulator.gateway.hold();
    expect((await sendMessages(simulator.gateway, [message('m1')], { timeoutMs: 2_000 })).status).toBe('timeout');
    const waiting = sendMessages(simulator.gateway, [message('m2')]);
    expect((await pay(simulator.provider, 'k1')).status).toBe(201);
    expect((await fetch(`${simulator.gateway.url}/book`)).status).toBe(200);
    await until(() => simulator.gateway.stats().requests === 2);
    expect(await booked(simulator)).toEqual([1, 0]);
    simulator.gateway.release();
    expect((await waiting).status).toBe(200);
    expect((await simulator.gateway.readBook()).map((line) => line.id)).toEqual(['m2']);
  });

  it('maxTps answers 429 to what is above it', async () => {
    const { provider } = await stage.simulator({ providers: [{ maxTps: 3 }] });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => pay(provider, `k${index}`)));
    const paid = answers.filter((answer) => answer.status === 201).length;
    expect(paid).toBeGreaterThanOrEqual(3);
    expect(paid).toBeLessThan(8);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(8 - paid);
    expect(await provider.readBook()).toHaveLength(paid);
  });

  it('a look-up may be unavailable', async () => {
    const { provider } = await stage.simulator();
    await pay(provider, 'k1');
    provider.setFaults({ lookupUnavailable: 1 });
    const answer = await lookUp(provider, 'k1');
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
  });
});

describe('the seed', () => {
  const mixed = { cutBefore: 0.2, cutAfter: 0.2, error5xxAfter: 0.2, reject: 0.2, tooMany429: 0.1 };
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);

  async function outcomes(seed: string, order: readonly string[]): Promise<string[]> {
    const { provider } = await stage.simulator({ seed, providers: [{ faults: mixed }] });
    const seen = new Map<string, string>();
    for (const key of order) {
      const answers = [await pay(provider, key), await pay(provider, key)];
      seen.set(
        key,
        answers.map(({ status, json }) => `${status} ${String(json.reference)} ${String(json.status)}`).join(),
      );
    }
    return keys.map((key) => seen.get(key) ?? '');
  }

  it('repeats every fault and reference in whatever order requests come, and another seed does not', async () => {
    const first = await outcomes('a', keys);
    const turned = await outcomes('a', [...keys].reverse());
    const other = await outcomes('b', keys);
    expect(turned).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('makes a rate come true over many keys', () => {
    const dice = new Dice('a', 'sim-pay');
    const settings = changed(CALM, { hangAfterActing: 0.05 });
    const hits = Array.from({ length: 10_000 }, (_, index) => drawAfter(dice, settings, `k${index}`, 1)).filter(
      Boolean,
    );
    expect(hits.length).toBeGreaterThan(400);
    expect(hits.length).toBeLessThan(600);
    expect(drawBefore(dice, settings, 'k1', 1, 0)).toBeUndefined();
  });

  it('makes a batch meet the same fault however its messages are ordered', async () => {
    const statuses: (number | string)[][] = [];
    for (const turn of [false, true]) {
      const { gateway } = await stage.simulator({ gateways: [{ faults: { cutBefore: 0.5 } }] });
      const row: (number | string)[] = [];
      for (let index = 0; index < 12; index += 1) {
        const batch = [message(`a${index}`), message(`b${index}`)];
        row.push((await sendMessages(gateway, turn ? batch.reverse() : batch)).status);
      }
      statuses.push(row);
    }
    expect(statuses[1]).toEqual(statuses[0]);
    expect(new Set(statuses[0])).toEqual(new Set(['cut', 200]));
  });
});

describe('settings', () => {
  it('refuse an unknown name, a rate above 1 and a negative time, and change nothing then', async () => {
    const { provider } = await stage.simulator();
    expect(() => provider.setFaults({ reject: 1.1 })).toThrow(RangeError);
    expect(() => provider.setFaults({ hangMs: -1 })).toThrow(RangeError);
    expect(() => provider.setFaults({ explode: 1 } as object)).toThrow('no fault named explode');
    expect((await pay(provider, 'k1')).json.status).toBe('paid');
  });
});
