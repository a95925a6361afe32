/**
 * The fields of a node and of a campaign, made of the schema. Where a node leads is beside them.
 */
import { useMemo } from 'react';
import type { Campaign, JourneyNode } from '../client/types.gen.js';
import { FormContext, Fields } from './fields.js';
import type { PlacedFault } from './graph/faults.js';
import { isObject, type Step } from './graph/pointer.js';
import { pointerOf } from './graph/pointer.js';
import { nodeSchema, type Schema } from './graph/schema.js';
import type { Editor } from './use-editor.js';

interface FormProps {
  root: Schema;
  known: Readonly<Record<string, readonly string[]>>;
  faults: readonly PlacedFault[];
  disabled: boolean;
}

const PORTS = ['type', 'next', 'yes', 'no', 'again'];

export function NodeForm(
  props: FormProps & { editor: Editor; node: JourneyNode; change: (to: JourneyNode, about: string) => void },
) {
  const { root, known, faults, disabled, node, editor } = props;
  const { nodes } = editor.campaign.journey;
  const schema = useMemo(() => nodeSchema(root, node.type), [root, node.type]);
  const ids = Object.keys(nodes);
  const waits = ids.filter((id) => nodes[id]?.type === 'wait');
  const others = ids.filter((id) => nodes[id]?.type === (node.type === 'wait' ? 'reward' : 'split'));
  const change = (at: readonly Step[], value: unknown) =>
    props.change(ledOn(changedAt(node, at, value) as JourneyNode), pointerOf(at));
  return (
    <FormContext
      value={{ root, faults, disabled, known: { ...known, responded: waits, of: others }, hidden: PORTS, change }}
    >
      <Fields at={[]} schema={schema} value={node} />
    </FormContext>
  );
}

/** A new arm leads where the first one does. */
function ledOn(node: JourneyNode): JourneyNode {
  if (node.type !== 'split') return node;
  const { next } = node.arms[0] ?? { next: '' };
  return { ...node, arms: node.arms.map((arm) => (arm.next ? arm : { ...arm, next })) };
}

export function CampaignForm(props: FormProps & { editor: Editor }) {
  const { root, known, faults, disabled, editor } = props;
  // the key is the campaign's for good
  const hidden = editor.saved ? ['journey', 'key'] : ['journey'];
  const change = (at: readonly Step[], value: unknown) =>
    editor.change((before) => changedAt(before, at, value) as Campaign, pointerOf(at));
  return (
    <FormContext value={{ root, faults, disabled, known, hidden, change }}>
      <Fields at={[]} schema={root} value={editor.campaign} />
    </FormContext>
  );
}

/** The value with another one at this place of it. */
export function changedAt(value: unknown, at: readonly Step[], to: unknown): unknown {
  const [step, ...rest] = at;
  if (step === undefined) return to;
  if (Array.isArray(value)) return value.map((item: unknown, n) => (n === step ? changedAt(item, rest, to) : item));
  return isObject(value) ? { ...value, [step]: changedAt(value[step], rest, to) } : value;
}
