/**
 * A gateway in a few lines, for tests of the message machine: what it does with a batch, and what its book then says. It acts only on what
 * reaches it within the time-out, and an idempotent one knows an id within its window; beyond that it truly sends again.
 */
import type { GatewayTerms, Looked, Result } from '../../activities/delivery.activities.js';

export interface Batch {
  attemptId: number;
  ids: string[];
  sentAt: number;
  results: Map<string, Result> | null;
  recorded: boolean;
}
export type Verdict = 'accepted' | 'partial' | 'rejected' | 'later';

export class Gateway {
  readonly accepted = new Map<string, number>();
  private readonly known = new Map<string, { result: Result; at: number }>();
  private shiftMs = 0;

  constructor(readonly terms: GatewayTerms) {}

  now = (): number => performance.now() + this.shiftMs;

  pass(ms: number): void {
    this.shiftMs += ms;
  }

  act(batch: Batch, verdict: Verdict): boolean {
    if (batch.results || this.now() > batch.sentAt + this.terms.timeoutMs) return false;
    batch.results = new Map();
    if (verdict === 'later') return true;
    for (const [n, id] of batch.ids.entries()) {
      const result = this.take(id, verdict === 'rejected' ? 'rejected' : 'accepted');
      // of a partial result every other message has been taken, but the reply does not say so
      if (verdict !== 'partial' || n % 2 === 0) batch.results.set(id, result);
    }
    return true;
  }

  look(id: string): Looked {
    const known = this.known.get(id);
    return known ? { kind: 'found', result: known.result } : { kind: 'absent' };
  }

  private take(id: string, status: 'accepted' | 'rejected'): Result {
    const known = this.known.get(id);
    if (known && this.terms.idempotent && this.now() <= known.at + this.terms.idempotencyMs) return known.result;
    const result: Result = { status, reason: status === 'rejected' ? 'invalid_token' : null, reference: `ref-${id}` };
    this.known.set(id, { result, at: known?.at ?? this.now() });
    if (status === 'accepted') this.accepted.set(id, (this.accepted.get(id) ?? 0) + 1);
    return result;
  }
}
