/**
 * A campaign of some 300 nodes: waves one after another.
 */
import { twoWaves } from './campaigns.js';

export const WAVES = 74;

/** Send, wait, branch and reward, again and again. */
export function longCampaign(key: string): Record<string, unknown> {
  const { journey: _two, ...campaign } = twoWaves({ key, span: 'P2D' });
  const nodes = Array.from({ length: WAVES }, (_, n): [string, object][] => {
    const [now, next] = [n + 1, n + 1 < WAVES ? `send-${n + 2}` : 'done'];
    const reward = {
      kind: 'cashback',
      amount: { value: '5000', currency: 'KRW' },
      budget: 'main',
      provider: 'sim-pay',
    };
    return [
      [`send-${now}`, { type: 'send', template: 'hello', channel: 'push', next: `wait-${now}` }],
      [`wait-${now}`, { type: 'wait', span: 'P2D', response: { event: 'purchase' }, next: `branch-${now}` }],
      [`branch-${now}`, { type: 'branch', on: { responded: `wait-${now}` }, yes: `reward-${now}`, no: next }],
      [`reward-${now}`, { type: 'reward', ...reward, next }],
    ];
  });
  return {
    ...campaign,
    journey: { start: 'send-1', nodes: { ...Object.fromEntries(nodes.flat()), done: { type: 'exit' } } },
  };
}
