/**
 * The texts of a launched version, ready to be rendered for one participant: parsed once per process, the same text for the same facts.
 */
import type { LaunchedCampaign } from '../journey/definition.js';
import type { PreparedJourney } from '../journey/prepare.js';
import type { ParticipantFacts, Rendered } from '../wave/walk.js';
import { prepareTemplate } from './template.js';

/** Renders a send node's text for one participant. */
export function prepareRenderer(
  launched: LaunchedCampaign,
  journey: PreparedJourney,
): (node: string, facts: ParticipantFacts) => Rendered {
  const renderers = new Map(
    Object.entries(launched.templates).map(([node, template]) => [
      node,
      prepareTemplate(template, launched.campaign.purpose),
    ]),
  );
  return (node, facts) => {
    const render = renderers.get(node);
    if (!render) throw new Error('invariant: a send node without a template');
    const send = journey.nodes[node];
    const of = send?.type === 'send' ? (send.reward ?? null) : null;
    const reward = of === null ? undefined : facts.rewards[of];
    return render({ id: facts.customerId, zone: facts.gate.zone, attributes: facts.attributes, reward });
  };
}
