/**
 * The kinds of nodes, and what a new one holds: as much as can be known, and nothing made up where a person has to choose.
 */
import type { Journey, JourneyNode } from '../../client/types.gen.js';

export type Kind = JourneyNode['type'];

export const KINDS = ['send', 'wait', 'branch', 'split', 'reward', 'repeat', 'link', 'exit'] as const satisfies Kind[];

/** `next`: where it leads; `before`: the node before it. */
export function blankNode(kind: Kind, at: { next: string; before: string; journey: Journey }): JourneyNode {
  const { next } = at;
  switch (kind) {
    case 'send':
      return { type: kind, template: '', channel: 'push', next };
    case 'wait':
      return { type: kind, span: 'P1D', next };
    case 'branch':
      return { type: kind, on: { responded: waitBefore(at) }, yes: next, no: next };
    case 'split':
      return {
        type: kind,
        arms: [
          { name: 'a', weight: 50, next },
          { name: 'b', weight: 50, next },
        ],
      };
    case 'reward': {
      const amount = { value: '1000', currency: 'KRW' };
      return { type: kind, kind: 'cashback', amount, budget: '', provider: '', next };
    }
    case 'repeat':
      return { type: kind, again: at.before, times: 2, next };
    case 'link':
      return { type: kind, campaign: '' };
    case 'exit':
      return { type: kind };
    default:
      return kind satisfies never;
  }
}

/** A branch asks the wait that it stands behind, else the last one that there is. */
function waitBefore({ before, journey: { nodes } }: { before: string; journey: Journey }): string {
  if (nodes[before]?.type === 'wait') return before;
  return Object.keys(nodes).findLast((id) => nodes[id]?.type === 'wait') ?? '';
}

/** What one reads of a node at a glance. */
export function gistOf(node: JourneyNode): string {
  switch (node.type) {
    case 'send':
      return [node.template, node.channel].filter(Boolean).join(' · ');
    case 'wait':
      return [node.response?.event, node.span ?? node.until ?? (node.window && `${node.window.from}–${node.window.to}`)]
        .filter(Boolean)
        .join(' · ');
    case 'branch':
      return gistOfBranch(node.on);
    case 'split':
      return node.arms.map(({ name, weight }) => `${name} ${weight}`).join(' · ');
    case 'reward':
      return 'value' in node.amount ? `${node.kind} · ${node.amount.value} ${node.amount.currency}` : node.kind;
    case 'repeat':
      return `× ${node.times}`;
    case 'link':
      return node.campaign;
    case 'exit':
      return node.reason ?? '';
    default:
      return node satisfies never;
  }
}

function gistOfBranch(on: (JourneyNode & { type: 'branch' })['on']): string {
  if ('responded' in on) return `${on.responded} ?`;
  if ('segment' in on) return `${on.segment} ?`;
  if ('event' in on) return `${on.event} · ${on.within} ?`;
  return 'arm' in on ? `${on.of} = ${on.arm} ?` : '…';
}
