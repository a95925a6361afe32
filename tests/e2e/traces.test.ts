/**
 * One trace from the caller's own request through API, workflows and activities to gateway and provider; without personal data.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignedHttp } from '../../src/channels/signed-http.js';
import { approve, customers, defineBasics, importCustomers, settled } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';
import { TraceCollector, type CollectedSpan } from '../support/trace-collector.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${CALLER}-01`;
const SECRETS = ['임꺽정', 'token-of-hong'];

const send = { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'reward' };
const amount = { value: '5000', currency: 'KRW' };
const reward = { type: 'reward', kind: 'cashback', amount, budget: 'main', provider: 'sim-pay', next: 'done' };
const CAMPAIGN = {
  name: 'traced',
  purpose: 'information',
  segment: 'everyone',
  quietHours: { from: '00:00', to: '00:00' },
  journey: { start: 'send', nodes: { send, reward, done: { type: 'exit' } } },
};

describe('traces', () => {
  let collector: TraceCollector;
  let stack: Stack;
  beforeAll(async () => {
    collector = await TraceCollector.start();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' };
    stack = await Stack.start({ env: { api: env, worker: env } });
    await defineBasics(stack);
    const [name, push] = SECRETS as [string, string];
    await importCustomers(
      stack,
      customers(2, () => ({ attributes: { name }, addresses: { push } })),
    );
  });
  afterAll(async () => {
    await stack?.stop();
    collector?.close();
  });

  const ofTrace = () => collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
  const named = (name: string | RegExp) =>
    ofTrace().filter((span) => (typeof name === 'string' ? span.name === name : name.test(span.name)));
  /** From the span up to the caller. */
  const path = (span: CollectedSpan): string[] => {
    const above = ofTrace().find(({ spanId }) => spanId === span.parentSpanId);
    return [`${span.service} ${span.name}`, ...(above ? path(above) : [span.parentSpanId])];
  };

  it('go from the caller through API, workflow and activity to gateway and provider', async () => {
    const headers = { traceparent: TRACEPARENT };
    await stack.ok('PUT', '/v1/campaigns/traced', CAMPAIGN, { as: 'marketer', headers: { 'if-none-match': '*' } });
    await stack.ok('POST', '/v1/campaigns/traced/validate', undefined, { as: 'marketer' });
    await approve(stack, 'traced');
    const launch = { as: 'marketer', headers: { ...headers, 'idempotency-key': 'launch' } } as const;
    const { run } = await stack.ok('POST', '/v1/campaigns/traced/launch', { trigger: 'now' }, launch);
    await settled(stack, run);
    // a workflow's span is told when it ends
    const whole = (url: string) => named(`POST ${url}`).find((span) => path(span).at(-1) === CALLER);
    const called = await until('the ways of both calls are told', async () => {
      const [gateway, provider] = [whole(stack.simulator.gateway.url), whole(stack.simulator.provider.url)];
      return gateway && provider ? { gateway, provider } : null;
    });
    const [request] = named('POST /v1/campaigns/:key/launch');
    expect(request).toMatchObject({ service: 'pado-api', parentSpanId: CALLER });
    for (const [call, queue] of [
      [called.gateway, 'delivery'],
      [called.provider, 'payout'],
    ] as const) {
      const way = path(call);
      expect(way.at(-2)).toBe('pado-api POST /v1/campaigns/:key/launch');
      for (const part of [
        /^pado-worker RunActivity:/,
        new RegExp(`RunWorkflow:${queue}Workflow$`),
        /RunWorkflow:laneWorkflow$/,
      ])
        expect({ part, way }).toEqual({ part, way: expect.arrayContaining([expect.stringMatching(part)]) });
    }
    expect(named(/^RunWorkflow:campaignRunWorkflow$/)).not.toHaveLength(0);
  });

  it('tell nobody’s name or address, and no path with a key', () => {
    expect(collector.raw).toContain('RunActivity');
    for (const secret of SECRETS) expect(collector.raw).not.toContain(secret);
    expect(collector.raw).not.toContain('/v1/campaigns/traced');
  });

  it('are where nobody collects them not even begun: a call carries no trace', async () => {
    const heard: unknown[] = [];
    const server = createServer((request, response) => {
      heard.push(request.headers['traceparent']);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const http = new SignedHttp({ url, secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`, timeoutMs: 5_000 });
    await http.call({ method: 'POST', path: '/x', body: '{}', id: 'x', signedAt: new Date(0) });
    await http.close();
    server.close();
    expect(heard).toEqual([undefined]);
  });
});
