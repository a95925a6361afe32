/**
 * What every way out for messages is to the delivery: a batch in, an outcome that tells "not acted on" from "may have acted" out.
 */

export interface OutgoingMessage {
  id: string;
  channel: string;
  to: string;
  title: string | null;
  body: string;
  template: string;
  advertising: boolean;
  /** RFC 3339; after it the gateway must not send. */
  notAfter: string;
  /** Whose it is; a test of a text is nobody's. */
  meta: { customer: string; run: string; node: string; wave: number } | { test: true };
}

export interface MessageResult {
  status: 'accepted' | 'rejected';
  reason: string | null;
  reference: string | null;
}

export type SubmitOutcome =
  /** Per message; an id that is missing is ambiguous. */
  | { kind: 'answered'; results: Map<string, MessageResult> }
  /** Not acted on, and no other message will be for so long. */
  | { kind: 'later'; retryAfterMs: number }
  /** Not acted on; these messages are to be tried again after so long, others at once. */
  | { kind: 'delayed'; retryAfterMs: number }
  /** An answer that the protocol does not know: not acted on, and the queue asks for attention. */
  | { kind: 'refused'; status: number }
  | { kind: 'unknown' };

export type LookupOutcome =
  | { kind: 'found'; result: MessageResult }
  | { kind: 'absent' }
  | { kind: 'later'; retryAfterMs: number }
  | { kind: 'unknown' };

export interface Gateway {
  /** `attemptId`: another one for each attempt. */
  submit(batch: OutgoingMessage[], attemptId: number | string, signedAt: Date): Promise<SubmitOutcome>;
  lookup(id: string, signedAt: Date): Promise<LookupOutcome>;
}
