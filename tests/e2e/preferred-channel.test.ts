/**
 * A send over push, SMS and e-mail, by what the customer prefers, through the real gateway: everybody gets one message at most, over the channel
 * that the funnel told beforehand; a channel that is switched off is passed over.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launchDraft, settled, validated } from '../support/campaigns.js';
import { Stack } from '../support/stack.js';

const COUNT = 120;
const choice = (channel: string) => ({ template: `news-${channel}`, channel, gateway: 'sim-gate' });

const campaign = (key: string) => ({
  key,
  name: key,
  purpose: 'advertising',
  segment: 'everyone',
  quietHours: { from: '00:00', to: '00:00' },
  journey: {
    start: 'send',
    nodes: {
      send: {
        type: 'send',
        ...choice('push'),
        fallback: [choice('sms'), choice('email')],
        preferred: 'likes',
        next: 'done',
      },
      done: { type: 'exit' },
    },
  },
});

/** By n mod 4: everything; no consent to push; only e-mail; nothing at all. Every fifth prefers e-mail. */
const reaches = (n: number): string[] => [['push', 'sms', 'email'], ['sms', 'email'], ['email'], []][n % 4] as string[];
const expectedOf = (n: number, closed: string[] = []): string => {
  const order = n % 5 === 0 ? ['email', 'push', 'sms'] : ['push', 'sms', 'email'];
  return order.find((channel) => reaches(n).includes(channel) && !closed.includes(channel)) ?? 'none';
};
const tally = (closed: string[] = []): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (let n = 1; n <= COUNT; n += 1) {
    const channel = expectedOf(n, closed);
    if (channel !== 'none') counts[channel] = (counts[channel] ?? 0) + 1;
  }
  return counts;
};

describe('a send by preferred channel', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    for (const channel of ['push', 'sms', 'email'])
      await stack.ok('PUT', `/v1/templates/news-${channel}`, { channel, body: `{{ customer.name }}님, ${channel}` });
    await importCustomers(
      stack,
      customers(COUNT, (n) => ({
        consents: Object.fromEntries(reaches(n).map((channel) => [`${channel}:advertising`, true])),
        addresses: { push: `token-${n}`, phone: `+8210${String(n).padStart(8, '0')}`, email: `c${n}@example.com` },
        attributes: { name: `손님${n}`, likes: n % 5 === 0 ? 'email' : 'fax' },
      })),
    );
  });
  afterAll(() => stack.stop());

  const booked = (run: string) =>
    readFileSync(stack.simulator.gateway.bookFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; channel: string; meta?: { customer: string; run: string } })
      .filter((line) => line.type === 'message' && line.meta?.run === run);
  const byChannel = (lines: readonly { channel: string }[]) =>
    Object.fromEntries(
      [...Map.groupBy(lines, ({ channel }) => channel)].map(([channel, own]) => [channel, own.length]),
    );

  it('goes over the channel that the funnel told, one message each, in the gateway’s own book', async () => {
    await validated(stack, campaign('first'));
    const funnel = await stack.ok('POST', '/v1/campaigns/first/funnel', {}, { as: 'marketer' });
    const run = await launchDraft(stack, 'first');
    await settled(stack, run);
    const lines = booked(run);
    expect(byChannel(lines)).toEqual(tally());
    expect(funnel.nodes).toMatchObject([{ node: 'send', decided: COUNT, queued: lines.length, channels: tally() }]);
    expect(new Set(lines.map(({ meta }) => meta?.customer)).size).toBe(lines.length);
    const why = await stack.ok('GET', '/v1/customers/c00002/why?campaign=first');
    const codes = why.stages.find(({ stage }: { stage: string }) => stage === 'eligibility').findings;
    expect(codes.map(({ code, value }: { code: string; value: string }) => `${code}=${value}`)).toEqual(
      expect.arrayContaining([
        'preferred=none',
        'channel=push:no_consent',
        'channel=sms:no_consent',
        'channel=email:taken',
      ]),
    );
    const report = await stack.ok('GET', `/v1/runs/${run}/report`);
    const sent = report.cells.map(({ offer, sent: n }: { offer: string; sent: number }) => [offer, n]);
    expect(Object.fromEntries(sent)).toEqual(
      Object.fromEntries(Object.entries(tally()).map(([channel, n]) => [`news-${channel}@1`, n])),
    );
    await stack.auditClean();
  });

  it('passes over a channel that is switched off, in the funnel as well', async () => {
    await stack.ok(
      'POST',
      '/v1/controls/channel/push',
      { state: 'paused', reason: 'push is down' },
      { as: 'operator' },
    );
    await validated(stack, campaign('second'));
    const funnel = await stack.ok('POST', '/v1/campaigns/second/funnel', {}, { as: 'marketer' });
    const run = await launchDraft(stack, 'second');
    await settled(stack, run);
    expect(byChannel(booked(run))).toEqual(tally(['push']));
    expect(funnel.nodes[0].channels).toEqual(tally(['push']));
    await stack.auditClean();
  });
});
