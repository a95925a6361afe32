/**
 * What every part of the rule builder knows: the catalogue, what is wrong where, and how the rule is changed; and its small parts.
 */
import { ActionIcon, Text } from '@mantine/core';
import { createContext, use, type ComponentType, type ReactNode } from 'react';
import { pointerOf } from '../canvas/graph/pointer.js';
import type { SegmentFields } from '../client/types.gen.js';
import { Icon, type IconName } from '../parts/icon.js';
import type { Inside } from './rule/catalogue.js';
import type { Place } from './rule/edit.js';
import type { GroupForm } from './rule/form.js';

export interface PartsProps {
  place: Place;
  group: GroupForm;
  inside: Inside;
  /** Inside `where`: of which event. */
  event?: string | undefined;
  /** What it is, where it is not one group among others. */
  label?: string;
  /** Beside the words of the group. */
  actions?: ReactNode;
}

export interface BuilderContent {
  catalogue: SegmentFields;
  /** Keys of other segments. */
  segments: readonly string[];
  /** By the pointer of what shows them. */
  faults: ReadonlyMap<string, string[]>;
  disabled: boolean;
  /** Groups are in rules about events, too, which are in groups. */
  GroupEditor: ComponentType<PartsProps>;
  /** `about`: changes of the same thing, one after another, are undone at once. */
  change: (make: (root: GroupForm) => GroupForm, about: string | null) => void;
  /** What is gone to once the change is there. */
  goTo: (id: string) => void;
}

export const BuilderContext = createContext<BuilderContent | null>(null);

export function useBuilder(): BuilderContent {
  const builder = use(BuilderContext);
  if (!builder) throw new Error('no builder above');
  return builder;
}

export const idOf = (place: Place, name: string) => `rule${pointerOf(place).replaceAll('/', '-')}-${name}`;

/** What is wrong with a field of the rule, as Mantine takes it. */
export function useWrong(place: Place): string | undefined {
  const { faults } = useBuilder();
  return faults.get(pointerOf(place))?.join('; ');
}

export function Wrong({ place }: { place: Place }) {
  const wrong = useWrong(place);
  if (wrong === undefined) return null;
  return (
    <Text size="xs" className="wrong" data-wrong={pointerOf(place)}>
      <Icon name="alert" size={13} /> {wrong}
    </Text>
  );
}

export function Act(props: { id?: string; icon: IconName; name: string; off?: boolean; act: () => void }) {
  return (
    <ActionIcon
      {...(props.id === undefined ? {} : { id: props.id })}
      variant="subtle"
      color="gray"
      size={26}
      aria-label={props.name}
      title={props.name}
      // it stays where it is for whoever goes by keys
      aria-disabled={props.off === true}
      data-disabled={props.off === true || undefined}
      onClick={() => props.off !== true && props.act()}
    >
      <Icon name={props.icon} size={15} />
    </ActionIcon>
  );
}
