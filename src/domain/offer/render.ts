/**
 * The texts of a launched version, ready to be rendered for one participant: parsed once per process, the same text for the same facts.
 */
import type { Channel } from '../base/channels.js';
import type { LaunchedCampaign } from '../journey/definition.js';
import { knownAt } from '../journey/loops.js';
import type { PreparedJourney } from '../journey/prepared.js';
import type { ParticipantFacts, Rendered } from '../wave/walk.js';
import { marksOf } from '../eligibility/policy-pack.js';
import { prepareTemplate } from './template.js';

/** Renders a send node's text over one of its channels for one participant. */
export function prepareRenderer(
  launched: LaunchedCampaign,
  journey: PreparedJourney,
): (node: string, facts: ParticipantFacts, visit: number, channel: Channel) => Rendered {
  const ending = launched.pack ? marksOf(launched.pack) : null;
  const keyOf = (node: string, channel: Channel) => `${node}/${channel}`;
  const renderers = new Map(
    Object.entries(launched.templates).flatMap(([node, first]) =>
      [first, ...(launched.fallbacks?.[node] ?? [])].map((template) => [
        keyOf(node, template.channel),
        prepareTemplate(template, launched.campaign.purpose, ending),
      ]),
    ),
  );
  return (node, facts, visit, channel) => {
    const render = renderers.get(keyOf(node, channel));
    if (!render) throw new Error('invariant: a send node without a template');
    const send = journey.nodes[node];
    const of = send?.type === 'send' ? (send.reward ?? null) : null;
    const reward = of === null ? undefined : knownAt(journey.loopOf, facts.rewards, of, { node, visit });
    return render({ id: facts.customerId, zone: facts.gate.zone, attributes: facts.attributes, reward });
  };
}
