/**
 * Policy packs: what the law of a country asks of advertising beside consent, as data, and the code for its marks. Preflighted when a campaign
 * is validated, pinned at its launch, enforced at every hand-over. What a pack says is to be confirmed by counsel.
 */
import { z } from 'zod';
import type { Channel, Purpose } from '../base/channels.js';

interface Hours {
  from: string;
  to: string;
}
interface PolicyPack {
  /** Leads every advertising text. */
  mark: string;
  /** Local hours in which advertising needs a consent of its own. */
  night: Hours;
  /** Where a channel has other hours; null: none. */
  nightOf: Readonly<Record<string, Hours | null>>;
  /** Channels that carry no advertising at all. */
  informationOnly: readonly string[];
}

/**
 * Network Act of Korea, article 50, and its decree: (광고) leads, sender and contact, a free way to refuse, 21:00 to 08:00 by consent of its own
 * (e-mail exempt). By the terms of their operator Brand Messages stop at 20:50 and AlimTalk carries information only.
 */
const KOREA: PolicyPack = {
  mark: '(광고)',
  night: { from: '21:00', to: '08:00' },
  nightOf: { email: null, brandmessage: { from: '20:50', to: '08:00' } },
  informationOnly: ['alimtalk'],
};

export const PACKS = { korea: KOREA } as const;
export const ADVERTISING_MARK = KOREA.mark;

const line = z.string().trim().min(1).max(60);
/** The pack in force, and whom the marks name. */
export const packTermsSchema = z.strictObject({
  pack: z.enum(['korea']),
  sender: line,
  /** Telephone number or address of the sender. */
  contact: line,
  /** The free way to refuse, such as `무료수신거부 080-000-0000`. */
  optOut: line,
});
export type PackTerms = z.infer<typeof packTermsSchema>;

/** The lines that end an advertising text. */
export function marksOf({ sender, contact, optOut }: PackTerms): string {
  return `${sender} ${contact}\n${optOut}`;
}

export interface Advertised {
  channel: Channel;
  purpose: Purpose;
  title: string | null;
  body: string;
}

/** Why the pack forbids this message to go out; null: it does not. */
export function packBreach(terms: PackTerms, { channel, purpose, title, body }: Advertised): string | null {
  if (purpose !== 'advertising') return null;
  const pack = PACKS[terms.pack];
  if (pack.informationOnly.includes(channel)) return 'information_only';
  const marked = (title ?? body).startsWith(pack.mark) && body.includes(marksOf(terms));
  return marked ? null : 'unmarked';
}

export interface PackFault {
  /** JSON Pointer into the campaign. */
  pointer: string;
  detail: string;
}

/** What a campaign states that the pack forbids. `sends`: its send nodes; what a channel cannot carry is told elsewhere. */
export function packFaults(
  terms: PackTerms,
  campaign: { purpose: Purpose; quietHours?: Hours | undefined },
  sends: readonly { id: string; channel: Channel }[],
): PackFault[] {
  if (campaign.purpose !== 'advertising') return [];
  const pack = PACKS[terms.pack];
  return sends.flatMap(({ id, channel }): PackFault[] => {
    const night = Object.hasOwn(pack.nightOf, channel) ? pack.nightOf[channel] : pack.night;
    if (!night || !campaign.quietHours || covers(campaign.quietHours, night)) return [];
    const detail = `leave out a part of ${night.from} to ${night.to}, in which ${id} (${channel}) needs a consent of its own`;
    return [{ pointer: '/quietHours', detail }];
  });
}

const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
const DAY = 24 * 60;

/** Is every minute of `inner` one of `outer`? Both may go over midnight; equal ends are no time at all. */
export function covers(outer: Hours, inner: Hours): boolean {
  const start = minutes(outer.from);
  const length = (hours: Hours) => (minutes(hours.to) - minutes(hours.from) + DAY) % DAY;
  const offset = (minutes(inner.from) - start + DAY) % DAY;
  return offset + length(inner) <= length(outer);
}
