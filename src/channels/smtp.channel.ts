/**
 * A mail server as a message gateway. It knows no keys and cannot be asked: a message goes out in an attempt of its own, so that a crash leaves
 * one in doubt, and what may have been taken stays ambiguous for a person (law 10).
 */
import type { LookupFunction } from 'node:net';
import type { LinkTerms, SmtpGatewayConfig } from '../config.js';
import { ANY_KIND, type Destinations } from '../domain/base/destination.js';
import type { Gateway, LookupOutcome, OutgoingMessage, SubmitOutcome } from './gateway.js';
import { guardedLookup, type Resolve } from './guarded-lookup.js';
import { composeMail, mailFault, messageIdHeader } from './mail.js';
import { SmtpSession, type Handed } from './smtp-session.js';

const IDLE_MAX = 32;
const IDLE_MS = 10_000;
const MESSAGES_PER_SESSION = 100;
const RECONNECT_MS = 10_000;

/** What the delivery has to know of any mail server. */
export const smtpTerms = ({ timeoutMs }: SmtpGatewayConfig) => ({
  batchSize: 1,
  timeoutMs,
  idempotent: false,
  idempotencyMs: 0,
  lookup: false,
  visibilityMs: 0,
});

export class SmtpGateway implements Gateway {
  private readonly idle: { session: SmtpSession; since: number }[] = [];
  private readonly resolveName: LookupFunction;

  /** `resolve`: DNS where left out. */
  constructor(
    private readonly config: SmtpGatewayConfig,
    private readonly links: LinkTerms | null,
    destinations: Destinations = ANY_KIND,
    resolve?: Resolve,
  ) {
    this.resolveName = guardedLookup(destinations, resolve);
  }

  async submit(batch: OutgoingMessage[], _attemptId: number | string, signedAt: Date): Promise<SubmitOutcome> {
    const [message, ...others] = batch;
    if (!message || others.length > 0) throw new Error('invariant: one message in an attempt at a mail server');
    const fault = mailFault(message, this.links);
    if (fault) return answered(message.id, 'rejected', fault, null);
    const mail = await composeMail(message, this.config, this.links, signedAt);
    const handed = await this.hand((session) => session.send(mail));
    switch (handed.kind) {
      case 'accepted':
        return answered(message.id, 'accepted', null, messageIdHeader(message.id, mail.from));
      case 'rejected':
        return answered(message.id, 'rejected', `smtp_${handed.code}`, null);
      case 'delayed':
        return { kind: 'delayed', retryAfterMs: this.config.retryAfterMs };
      case 'later':
        return { kind: 'later', retryAfterMs: RECONNECT_MS };
      case 'refused':
        return { kind: 'refused', status: handed.code };
      case 'unknown':
        return { kind: 'unknown' };
      default:
        return handed satisfies never;
    }
  }

  /** There is no asking a mail server. */
  lookup(): Promise<LookupOutcome> {
    return Promise.resolve({ kind: 'absent' });
  }

  close(): void {
    for (const { session } of this.idle.splice(0)) session.quit();
  }

  /** Over a session that was left open, or a new one; all of it within the time-out. */
  private async hand(send: (session: SmtpSession) => Promise<Handed>): Promise<Handed> {
    let current: SmtpSession | null = null;
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      current?.close();
    }, this.config.timeoutMs);
    try {
      // a server closes what lies idle: then nothing was acted on, and a new session is tried
      current = this.take();
      const handed = current ? await send(current) : null;
      if (current && handed && (handed.kind !== 'later' || late)) return this.keep(current, handed);
      current = new SmtpSession(this.config, this.resolveName);
      return (await current.open()) ?? this.keep(current, await send(current));
    } finally {
      clearTimeout(deadline);
    }
  }

  private take(): SmtpSession | null {
    for (;;) {
      const one = this.idle.pop();
      if (!one) return null;
      if (one.session.isOpen && performance.now() - one.since < IDLE_MS) return one.session;
      one.session.quit();
    }
  }

  private keep(session: SmtpSession, handed: Handed): Handed {
    const isGood = session.isOpen && session.messages < MESSAGES_PER_SESSION && this.idle.length < IDLE_MAX;
    if (isGood) this.idle.push({ session, since: performance.now() });
    else session.quit();
    return handed;
  }
}

function answered(
  id: string,
  status: 'accepted' | 'rejected',
  reason: string | null,
  reference: string | null,
): SubmitOutcome {
  return { kind: 'answered', results: new Map([[id, { status, reason, reference }]]) };
}
