/**
 * A ready campaign: blanks, and what is made of them. It makes a draft like one written by hand, with a segment and templates of its own beside it.
 */
import type { z } from 'zod';
import type { Channel } from '../base/channels.js';
import type { campaignSchema } from '../journey/definition.js';
import type { RuleGroup } from '../segment/rule.js';
import { filled, type BlankFault, type Blanks, type Values, type Words } from './blanks.js';

export interface Made {
  /** Whom it means, by a rule of its own; or the key of a segment that is there. */
  segment: RuleGroup | string;
  /** By the end of their keys, which begin with the campaign's. */
  templates: Readonly<Record<string, { channel: Channel; title?: string; body: string }>>;
  /** `template` of a send is the end of its key. */
  campaign: Omit<z.input<typeof campaignSchema>, 'key' | 'name' | 'segment'>;
}

export interface Ready {
  key: string;
  name: Words;
  /** What it does, for whoever looks for one. */
  what: Words;
  blanks: Blanks;
  make(given: Readonly<Record<string, unknown>>): { ok: true; made: Made } | { ok: false; faults: BlankFault[] };
}

export function ready<const B extends Blanks>(
  own: Omit<Ready, 'blanks' | 'make'> & { blanks: B; make(values: Values<B>): Made },
): Ready {
  return {
    ...own,
    make(given) {
      const answer = filled(own.blanks, given);
      return answer.ok ? { ok: true, made: own.make(answer.values) } : answer;
    },
  };
}
