/**
 * The two sums of law 4 per node, and the funnel per wave, from counters that one snapshot read. Pure.
 */
import type { LaunchedCampaign } from '../../domain/journey/definition.js';
import { isPayoutEvent } from '../../domain/response/payout-events.js';
import type { Count, RunSnapshot } from '../../storage/runs.store.js';

type ByReason = Record<string, number>;

export interface People {
  entered: number;
  here: number;
  /** By target node. */
  moved: ByReason;
  ended: ByReason;
}
export interface Messages {
  decided: number;
  queued: number;
  submitting: number;
  accepted: number;
  rejected: ByReason;
  ambiguous: number;
  withheld: ByReason;
  suppressed: ByReason;
}
export interface NodeFigures {
  node: string;
  visit: number;
  type: string;
  wave: number;
  people: People;
  messages: Messages | null;
  responded: number | null;
  /** Events of the wait's window that came after it had closed. */
  late: number | null;
  /** Of a split: people by arm, with `holdout` and `excluded`. */
  arms: ByReason | null;
  /** Single entrants that were not let in. */
  refused: ByReason;
}

const sum = (counts: readonly Count[], measure: string) =>
  counts.reduce((total, count) => (count.measure === measure ? total + count.n : total), 0);
const byReason = (counts: readonly Count[], measure: string): ByReason =>
  Object.fromEntries(
    counts.filter((count) => count.measure === measure && count.n !== 0).map((count) => [count.reason, count.n]),
  ); // a retry takes ends back, down to none

/** One entry per (node, visit) that anybody reached, in the journey's order of nodes. */
export function nodeFigures(definition: LaunchedCampaign, counts: readonly Count[]): NodeFigures[] {
  const order = Object.keys(definition.campaign.journey.nodes);
  const groups = Map.groupBy(counts, (count) => `${count.node}#${count.visit}`);
  const figures = [...groups.values()].map((own): NodeFigures => {
    const { node = '', visit = 1 } = own[0] ?? {};
    const type = definition.campaign.journey.nodes[node]?.type ?? 'unknown';
    return {
      node,
      visit,
      type,
      wave: definition.waves[node] ?? 0,
      people: {
        entered: sum(own, 'entered'),
        here: sum(own, 'here'),
        moved: byReason(own, 'moved'),
        ended: byReason(own, 'ended'),
      },
      messages: type === 'send' ? messagesOf(own) : null,
      responded: type === 'wait' ? sum(own, 'responded') : null,
      late: type === 'wait' ? sum(own, 'late') : null,
      arms: type === 'split' ? byReason(own, 'drawn') : null,
      refused: byReason(own, 'refused'),
    };
  });
  return figures.sort((a, b) => order.indexOf(a.node) - order.indexOf(b.node) || a.visit - b.visit);
}

function messagesOf(counts: readonly Count[]): Messages {
  return {
    decided: sum(counts, 'decided'),
    queued: sum(counts, 'queued'),
    submitting: sum(counts, 'submitting'),
    accepted: sum(counts, 'accepted'),
    rejected: byReason(counts, 'rejected'),
    ambiguous: sum(counts, 'ambiguous'),
    withheld: byReason(counts, 'withheld'),
    suppressed: byReason(counts, 'suppressed'),
  };
}

export interface WaveFigures {
  wave: number;
  /** The send node. */
  node: string;
  entered: number;
  /** decided = open + sent + rejected + withheld + suppressed. */
  decided: number;
  /** Queued, submitting or ambiguous. */
  open: number;
  sent: number;
  rejected: ByReason;
  withheld: ByReason;
  suppressed: ByReason;
  responded: number;
  /** Responses that came after their wait had closed; they are not among `responded`. */
  late: number;
  /** Payouts of the wave that the provider has paid. */
  paid: number;
}

const PAID = new Set(['paid', 'settled']);
export const PAYOUT_OPEN = new Set(['intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held']);

export interface RunReport {
  waves: WaveFigures[];
  /** By state. */
  payouts: Record<string, number>;
  open: { participants: number; failed: number; messages: number; payouts: number };
}

/** Over the visits of its send node. */
function messagesOfWave(
  visits: readonly Messages[],
): Pick<WaveFigures, 'decided' | 'open' | 'sent' | 'rejected' | 'withheld' | 'suppressed'> {
  const total = (of: (visit: Messages) => number) => visits.reduce((n, visit) => n + of(visit), 0);
  const reasons = (of: 'rejected' | 'withheld' | 'suppressed') => {
    const sums: ByReason = {};
    for (const visit of visits)
      for (const [reason, n] of Object.entries(visit[of])) sums[reason] = (sums[reason] ?? 0) + n;
    return sums;
  };
  return {
    decided: total(({ decided }) => decided),
    open: total(({ queued, submitting, ambiguous }) => queued + submitting + ambiguous),
    sent: total(({ accepted }) => accepted),
    rejected: reasons('rejected'),
    withheld: reasons('withheld'),
    suppressed: reasons('suppressed'),
  };
}

/** What a payout tells is no response of the customer to the wave. */
export function listensToCustomer(definition: LaunchedCampaign, id: string): boolean {
  const node = definition.campaign.journey.nodes[id];
  return node?.type === 'wait' && node.response !== undefined && !isPayoutEvent(node.response.event);
}

/** A wave is one send node; what its later nodes counted is added to it. Sent means accepted. */
export function reportOf({ definition, counts, payouts, participants }: RunSnapshot): RunReport {
  const nodes = nodeFigures(definition, counts);
  const sends = Object.entries(definition.campaign.journey.nodes).filter(([, node]) => node.type === 'send');
  const waves = sends.map(([node]): WaveFigures => {
    const wave = definition.waves[node] ?? 0;
    const own = nodes.filter((figures) => figures.node === node);
    const waits = nodes.filter((figures) => figures.wave === wave && listensToCustomer(definition, figures.node));
    const responded = waits.reduce((n, figures) => n + (figures.responded ?? 0), 0);
    const late = waits.reduce((n, figures) => n + (figures.late ?? 0), 0);
    return {
      wave,
      node,
      entered: own.reduce((n, figures) => n + figures.people.entered, 0),
      ...messagesOfWave(own.flatMap(({ messages }) => messages ?? [])),
      responded,
      late,
      paid: payouts.filter((p) => p.wave === wave && PAID.has(p.state)).reduce((n, p) => n + p.n, 0),
    };
  });
  const byState: Record<string, number> = {};
  for (const { state, n } of payouts) byState[state] = (byState[state] ?? 0) + n;
  const messages = sum(counts, 'queued') + sum(counts, 'submitting') + sum(counts, 'ambiguous');
  const openPayouts = payouts.filter((p) => PAYOUT_OPEN.has(p.state)).reduce((n, p) => n + p.n, 0);
  return {
    waves: waves.sort((a, b) => a.wave - b.wave),
    payouts: byState,
    open: { participants: participants.active, failed: participants.failed, messages, payouts: openPayouts },
  };
}
