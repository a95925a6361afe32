/**
 * The way of a campaign at the API, step by step, each by whose work it is.
 */
import { expect } from '@jest/globals';
import { seen, twoWaves } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';

export type Nodes = Record<string, Record<string, unknown>>;

export function campaignSteps(stack: () => Stack) {
  const path = (key: string) => `/v1/campaigns/${key}`;
  const create = (campaign: Record<string, unknown>) =>
    stack().request('PUT', path(campaign['key'] as string), campaign, {
      as: 'marketer',
      headers: { 'if-none-match': '*' },
    });
  const validate = (key: string) => stack().ok('POST', `${path(key)}/validate`, undefined, { as: 'marketer' });
  const read = (key: string) => stack().request('GET', path(key));
  const approve = async (key: string, as: 'approver' | 'admin' | 'marketer' = 'approver', headers?: object) =>
    stack().request('POST', `${path(key)}/approve`, undefined, {
      as,
      headers: { ...(headers ?? seen(await read(key))) },
    });
  const launch = (key: string, body: object, idempotencyKey?: string) =>
    stack().request('POST', `${path(key)}/launch`, body, {
      as: 'marketer',
      headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    });
  const stateOf = async (key: string) => (await stack().ok('GET', path(key))).state as string;
  /** The two-wave campaign with some of its nodes changed. */
  function changed(key: string, nodes: Nodes = {}, over: object = {}): Record<string, unknown> {
    const campaign = twoWaves({ key }) as { journey: { start: string; nodes: Nodes } };
    const merged = Object.entries(nodes).map(([id, node]) => [id, { ...campaign.journey.nodes[id], ...node }]);
    return {
      ...campaign,
      journey: { ...campaign.journey, nodes: { ...campaign.journey.nodes, ...Object.fromEntries(merged) } },
      ...over,
    };
  }
  async function ready(key: string): Promise<void> {
    expect((await create(changed(key))).status).toBe(201);
    expect(await validate(key)).toMatchObject({ valid: true, state: 'validated' });
    expect((await approve(key)).status).toBe(200);
  }
  return { path, create, validate, read, approve, launch, stateOf, changed, ready };
}
