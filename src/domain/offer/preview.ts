/**
 * A template as its author sees it before anybody gets it: its faults at their places, and one customer's text with its size, by the renderer of the send.
 */
import type { Channel, Purpose } from '../base/channels.js';
import {
  judgeTemplate,
  leastSize,
  marksFor,
  prepareTemplate,
  type TemplateCustomer,
  type TemplateText,
} from './template.js';
import type { TemplateFault } from './template-faults.js';
import { sizeFault, textSize, type TextSize } from './text-size.js';

export interface Preview {
  /** This customer would get it; of nobody: it could be kept. */
  ok: boolean;
  faults: TemplateFault[];
  variables: string[];
  reason: string | null;
  title: string | null;
  body: string | null;
  /** Of nobody: the least that it can be. */
  size: TextSize | null;
}

/** Channels that count bytes, the shorter first. */
const COUNTING: readonly Channel[] = ['sms', 'lms'];

/** `ending`: as the policy pack has it. `customer` null: of nobody. */
export function previewTemplate(
  content: TemplateText & { channel: Channel },
  { purpose, ending }: { purpose: Purpose; ending: string | null },
  customer: TemplateCustomer | null,
): Preview {
  const nothing = { title: null, body: null, size: null };
  const judged = judgeTemplate(content);
  const variables = judged.ok ? judged.variables : [];
  const placed = judged.ok ? [] : judged.faults;
  // what is too long can be shown all the same
  if (placed.some(({ line }) => line !== undefined))
    return { ok: false, faults: placed, variables, reason: null, ...nothing };
  if (customer === null) {
    const size = leastSize(content, marksFor(purpose, ending));
    return { ok: judged.ok && sizeFault(size) === null, faults: placed, variables, reason: null, ...nothing, size };
  }
  const told: TemplateFault[] = [...placed];
  const render = (channel: Channel) =>
    prepareTemplate({ ...content, channel }, purpose, ending, (fault) => told.push(fault))(customer);
  const rendered = render(content.channel);
  if (rendered.ok) {
    const { title, body } = rendered;
    const text = { title, body };
    return { ok: judged.ok, faults: told, variables, reason: null, ...text, size: textSize(content.channel, text) };
  }
  const { reason } = rendered;
  // by a channel that counts none, to show how much too long it is
  const whole = reason === 'too_long' && COUNTING.includes(content.channel) ? render('push') : null;
  if (!whole?.ok) return { ok: false, faults: told, variables, reason, ...nothing };
  const text = { title: whole.title, body: whole.body };
  return { ok: false, faults: told, variables, reason, ...text, size: textSize(content.channel, text) };
}
