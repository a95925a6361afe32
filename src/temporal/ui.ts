/**
 * Where Temporal's own UI shows the workflows of something, where the installation knows its address. Pure.
 */
import { deliveryWorkflows, payoutWorkflows, runWorkflowId, startWorkflowId } from '../../workflows/ids.js';

export interface TemporalUi {
  /** PADO_TEMPORAL_UI_URL; null: nobody has said. */
  uiUrl: string | null;
  namespace: string;
}

const is = (id: string) => `WorkflowId = ${quoted(id)}`;
const under = (id: string) => `WorkflowId STARTS_WITH ${quoted(`${id}/`)}`;
const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

const QUERIES: Record<string, (name: string) => string> = {
  run: (id) => `${is(runWorkflowId(id))} OR ${under(runWorkflowId(id))}`,
  gateway: (name) => under(deliveryWorkflows(name)),
  provider: (name) => under(payoutWorkflows(name)),
  campaign: (key) => is(startWorkflowId(key)),
};

/** `subject`: as the attention list has it, such as `run/<id>`. Null where there is no address, or no workflow of such a thing. */
export function workflowsUrl({ uiUrl, namespace }: TemporalUi, subject: string): string | null {
  const at = subject.indexOf('/');
  const query = QUERIES[subject.slice(0, at)]?.(subject.slice(at + 1));
  if (uiUrl === null || at < 1 || query === undefined) return null;
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${encodeURIComponent(query)}`;
}
