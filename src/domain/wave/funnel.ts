/**
 * The funnel of a campaign: what the first pass of a run would decide about its audience. It adds up walks, the very decisions of the cohort,
 * and does nothing with what they want done.
 */
import type { SuppressionReason } from '../eligibility/gate.js';
import { EXCLUDED, HOLDOUT } from '../experiment/draw.js';
import type { Walk } from './walk.js';

/** One way out of the funnel, and how many are left behind it. */
export interface FunnelStep {
  stage: 'eligibility' | 'offer' | 'journey';
  reason: string;
  /** Whom it stops. */
  stopped: number;
  left: number;
}

/** One send node, as the run's report counts it after its first pass. */
export interface FunnelNode {
  node: string;
  decided: number;
  queued: number;
  /** Of those queued. */
  channels: Record<string, number>;
  /** By reason. */
  suppressed: Record<string, number>;
}

export interface Funnel {
  matched: number;
  steps: FunnelStep[];
  /** Customers to whom at least one message goes. */
  sent: number;
  nodes: FunnelNode[];
}

/** In the gate's order. */
const STAGES: Record<SuppressionReason, FunnelStep['stage']> = {
  incident: 'eligibility',
  withdrawn: 'eligibility',
  excluded: 'eligibility',
  filtered: 'eligibility',
  consent_refused: 'eligibility',
  no_consent: 'eligibility',
  no_address: 'eligibility',
  quiet_hours: 'eligibility',
  channel_off: 'eligibility',
  capped: 'eligibility',
  yielded: 'eligibility',
  render_failed: 'offer',
  skipped: 'journey',
};
/** Behind the gate's reasons: whom a split sets apart, to compare with. They get nothing. */
const ORDER = [...Object.keys(STAGES), HOLDOUT];

/** Waits, or goes another way, before any send; or meets the end of the journey. */
const NO_SEND = 'no_send_now';

export class FunnelCount {
  private matched = 0;
  private sent = 0;
  private readonly stopped = new Map<string, number>();
  private readonly nodes = new Map<string, FunnelNode>();

  add(walk: Walk): void {
    this.matched += 1;
    for (const tally of walk.tallies) this.tally(tally);
    for (const { node, channel } of walk.messages) {
      const { channels } = this.nodeOf(node);
      channels[channel] = (channels[channel] ?? 0) + 1;
    }
    const reason = stopOf(walk);
    if (reason === null) this.sent += 1;
    else this.stopped.set(reason, (this.stopped.get(reason) ?? 0) + 1);
  }

  private tally({ measure, node, reason }: Walk['tallies'][number]): void {
    if (measure !== 'decided' && measure !== 'queued' && measure !== 'suppressed') return;
    const known = this.nodeOf(node);
    if (measure === 'suppressed') known.suppressed[reason] = (known.suppressed[reason] ?? 0) + 1;
    else known[measure] += 1;
  }

  private nodeOf(node: string): FunnelNode {
    const known = this.nodes.get(node) ?? { node, decided: 0, queued: 0, channels: {}, suppressed: {} };
    this.nodes.set(node, known);
    return known;
  }

  result(): Funnel {
    let left = this.matched;
    const rank = (reason: string) => (ORDER.includes(reason) ? ORDER.indexOf(reason) : ORDER.length);
    const ordered = [...this.stopped].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
    const steps = ordered.map(([reason, stopped]): FunnelStep => {
      left -= stopped;
      return { stage: STAGES[reason as SuppressionReason] ?? 'journey', reason, stopped, left };
    });
    const nodes = [...this.nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
    return { matched: this.matched, steps, sent: this.sent, nodes };
  }
}

/**
 * Why somebody gets nothing, null where they would get something: of several sends the first one's reason. Quiet hours that are waited for are told
 * by the trace; whom status or consent keeps out of a split with a holdout is stopped by that.
 */
export function stopOf(walk: Walk): string | null {
  if (walk.messages.length > 0) return null;
  const suppressed = walk.tallies.find(({ measure }) => measure === 'suppressed');
  if (suppressed) return suppressed.reason;
  if (walk.endReason === HOLDOUT) return HOLDOUT;
  if (walk.endReason?.startsWith(`${EXCLUDED}_`)) return walk.endReason.slice(EXCLUDED.length + 1);
  const deferred = walk.trace.some(({ codes }) => codes.some((code) => code.startsWith('message=deferred')));
  return deferred ? 'quiet_hours' : NO_SEND;
}
