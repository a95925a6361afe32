/**
 * The one gate for every send of every campaign, in its fixed order: status, exclusion lists, consent, address, the marketer's filter, quiet
 * hours. (The contact policy follows, see contact-policy.) The same function decides at the cohort and again at the hand-over (law 6).
 */
import { minutesOf } from '../base/local-window.js';
import { minuteOfDay, nextLocalMinute, type EpochMs } from '../base/time.js';
import { isInApp } from '../base/channels.js';
import type { Channel, Purpose, QuietHours } from '../journey/definition.js';

export type CustomerStatus = 'active' | 'incident' | 'withdrawn';
export interface Consent {
  granted: boolean;
  night?: boolean;
}

/** A customer's gate facts, all of one gate version. */
export interface GateFacts {
  status: CustomerStatus;
  gateVersion: number;
  zone: string;
  /** Keyed `channel:purpose`. */
  consents: Readonly<Record<string, Consent | undefined>>;
  /** Keyed push, phone, email, postal. */
  addresses: Readonly<Record<string, string | undefined>>;
  /** The exclusion list that excludes them; null: none does; absent: no list is in force. */
  excludedBy?: string | null | undefined;
}

export type SuppressionReason =
  | 'incident'
  | 'withdrawn'
  | 'excluded'
  | 'no_consent'
  | 'consent_refused'
  | 'no_address'
  | 'filtered'
  | 'quiet_hours'
  | 'channel_off'
  | 'capped'
  | 'yielded'
  | 'render_failed'
  | 'skipped';

export interface GateVerdict {
  pass: boolean;
  reason?: SuppressionReason;
  /** When quiet hours that closed the gate are over. */
  quietUntil?: EpochMs;
  /** Trace codes, see src/domain/wave/trace.ts. */
  codes: string[];
}

/** Law: advertising rests from 21:00 to 08:00 unless the campaign states other hours; information has no quiet hours by itself. */
export function quietHoursOf(purpose: Purpose, stated: QuietHours | undefined): QuietHours | null {
  return stated ?? (purpose === 'advertising' ? { from: '21:00', to: '08:00' } : null);
}

/** Is the instant inside [from, to) of the zone's day, over midnight if from > to? Equal ends mean never. */
export function isQuiet(quiet: QuietHours, at: EpochMs, zone: string): boolean {
  const now = minuteOfDay(at, zone);
  const from = minutesOf(quiet.from);
  const to = minutesOf(quiet.to);
  return from <= to ? now >= from && now < to : now >= from || now < to;
}

/** The address kind a channel uses; null: the customer's id is enough. */
export function addressKind(channel: Channel): 'push' | 'phone' | 'email' | 'postal' | null {
  if (isInApp(channel)) return null;
  if (channel === 'visit' || channel === 'post') return 'postal';
  if (channel === 'push' || channel === 'email') return channel;
  return 'phone';
}

export interface SendTerms {
  channel: Channel;
  purpose: Purpose;
  quiet: QuietHours | null;
  /** Does the marketer's own filter let the customer through? Absent: there is none, or it has been judged before. */
  filter?: boolean | undefined;
}

function refusalOf(consent: Consent | undefined, purpose: Purpose): 'consent_refused' | 'no_consent' | null {
  if (consent) return consent.granted ? null : 'consent_refused';
  return purpose === 'advertising' ? 'no_consent' : null;
}

/** Why status or consent keeps a customer from every send over these channels; null where they keep them from none or not from all. */
export function excludedFrom(
  facts: Pick<GateFacts, 'status' | 'consents'>,
  channels: readonly Channel[],
  purpose: Purpose,
): 'incident' | 'withdrawn' | 'consent_refused' | 'no_consent' | null {
  if (facts.status !== 'active') return facts.status;
  const refusals = channels.map((channel) => refusalOf(facts.consents[`${channel}:${purpose}`], purpose));
  return refusals.includes(null) ? null : (refusals[0] ?? null);
}

/** Judge one send to one customer at `now`; stops at the first refusal, whose reason it names. */
export function judgeGate(facts: GateFacts, send: SendTerms, now: EpochMs): GateVerdict {
  const codes = [`status=${facts.status}`];
  if (facts.status !== 'active') return { pass: false, reason: facts.status, codes };

  if (facts.excludedBy !== undefined) codes.push(`exclusion=${facts.excludedBy ?? 'none'}`);
  if (facts.excludedBy) return { pass: false, reason: 'excluded', codes };

  const consent = facts.consents[`${send.channel}:${send.purpose}`];
  const refusal = refusalOf(consent, send.purpose);
  if (refusal) {
    return {
      pass: false,
      reason: refusal,
      codes: [...codes, `consent=${refusal === 'no_consent' ? 'missing' : 'refused'}`],
    };
  }
  codes.push(consent ? 'consent=granted' : 'consent=not_needed');

  const kind = addressKind(send.channel);
  if (kind !== null && !facts.addresses[kind]) {
    return { pass: false, reason: 'no_address', codes: [...codes, 'address=missing'] };
  }
  codes.push(kind === null ? 'address=not_needed' : 'address=present');

  if (send.filter !== undefined) codes.push(`filter=${send.filter ? 'passed' : 'failed'}`);
  if (send.filter === false) return { pass: false, reason: 'filtered', codes };

  const exempt = send.quiet === null || (send.channel === 'email' && send.purpose === 'advertising');
  if (exempt) codes.push('quiet=exempt');
  else if (!isQuiet(send.quiet as QuietHours, now, facts.zone)) codes.push('quiet=open');
  else if (consent?.night) codes.push('quiet=night_consent');
  else {
    const quietUntil = nextLocalMinute(now, facts.zone, minutesOf((send.quiet as QuietHours).to));
    return { pass: false, reason: 'quiet_hours', quietUntil, codes: [...codes, 'quiet=closed'] };
  }
  return { pass: true, codes };
}
