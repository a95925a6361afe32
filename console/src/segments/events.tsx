/**
 * Which events a rule measures: their name, the property, the window, a filter over properties, and what has to follow or must not.
 */
import { Button, Group, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { pointerOf } from '../canvas/graph/pointer.js';
import { Act, idOf, useBuilder, useWrong, Wrong } from './context.js';
import { blankRule } from './rule/catalogue.js';
import { withAt, type Place } from './rule/edit.js';
import type { GroupForm, OfForm, StepForm } from './rule/form.js';
import { Span } from './values.js';
import { WindowEditor } from './window.js';

const STEPS_MAX = 3;

export function EventsEditor({ place, of }: { place: Place; of: OfForm }) {
  const { t } = useTranslation();
  const { catalogue, change, disabled } = useBuilder();
  const steps = of.followedBy ?? [];
  const set = (name: string, to: unknown, about: string | null = null) =>
    change((root) => withAt(root, [...place, name], to), about);
  const properties = catalogue.seen.events.find(({ name }) => name === of.event)?.properties ?? [];
  return (
    <div className="rule-events">
      <Group gap="xs" align="flex-start">
        <Named
          place={[...place, 'event']}
          label={t('segments.event')}
          value={of.event}
          known={catalogue.seen.events.map(({ name }) => name)}
        />
        {of.property !== undefined && (
          <Named
            place={[...place, 'property']}
            label={t('segments.property')}
            value={of.property}
            known={properties.map(({ name }) => name)}
          />
        )}
        <WindowEditor place={[...place, 'window']} window={of.window} set={(to, about) => set('window', to, about)} />
      </Group>
      <Where place={place} where={of.where} event={of.event} />
      {steps.map((step, n) => (
        // steps have no names: each is what stands at its place
        // oxlint-disable-next-line react/no-array-index-key
        <StepEditor key={n} place={[...place, 'followedBy', n]} step={step} />
      ))}
      {!disabled && (
        <Group gap="xs">
          {!of.where && <AddWhere place={place} />}
          {steps.length < STEPS_MAX && (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => set('followedBy', [...steps, { event: '', within: 'P7D' }])}
            >
              + {t('segments.addStep')}
            </Button>
          )}
        </Group>
      )}
      <Wrong place={place} />
    </div>
  );
}

/** A name with those that have been seen to choose from. */
function Named(props: { place: Place; label: string; value: string; known: readonly string[] }) {
  const { place, label, value, known } = props;
  const { change, disabled } = useBuilder();
  const wrong = useWrong(place);
  const id = idOf(place, 'text');
  return (
    <>
      <TextInput
        id={id}
        size="xs"
        label={label}
        disabled={disabled}
        error={wrong}
        maxLength={100}
        list={`${id}-known`}
        autoComplete="off"
        value={value}
        onChange={({ currentTarget }) => change((root) => withAt(root, place, currentTarget.value), pointerOf(place))}
      />
      <datalist id={`${id}-known`}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

function useBlankWhere(): GroupForm {
  const { catalogue } = useBuilder();
  return { combinator: 'and', rules: [blankRule(catalogue, 'property.', 'where')] };
}

function AddWhere({ place }: { place: Place }) {
  const { t } = useTranslation();
  const { change, goTo } = useBuilder();
  const blank = useBlankWhere();
  const where = [...place, 'where'];
  return (
    <Button
      id={idOf(where, 'begin')}
      size="compact-xs"
      variant="subtle"
      onClick={() => {
        change((root) => withAt(root, where, blank), null);
        goTo(idOf([...where, 'rules', 0], 'field'));
      }}
    >
      + {t('segments.addWhere')}
    </Button>
  );
}

function Where({ place, where, event }: { place: Place; where: GroupForm | undefined; event: string }) {
  const { t } = useTranslation();
  const { GroupEditor, change, goTo, disabled } = useBuilder();
  if (!where) return null;
  const at = [...place, 'where'];
  return (
    <GroupEditor
      place={at}
      group={where}
      inside="where"
      event={event}
      label={t('segments.where')}
      actions={
        !disabled && (
          <Act
            icon="cross"
            name={t('segments.removeWhere')}
            act={() => {
              change((root) => withAt(root, at, undefined), null);
              goTo(idOf(at, 'begin'));
            }}
          />
        )
      }
    />
  );
}

function StepEditor({ place, step }: { place: Place; step: StepForm }) {
  const { t } = useTranslation();
  const { catalogue, change, disabled } = useBuilder();
  const set = (name: keyof StepForm, to: unknown, about: string | null = null) =>
    change((root) => withAt(root, [...place, name], to), about);
  const within = [...place, 'within'];
  const wrong = useWrong(within);
  const n = Number(place.at(-1));
  return (
    <div className="rule-step" role="group" aria-label={t('segments.step', { n: n + 1 })}>
      <Group gap="xs" align="flex-end">
        <Text size="xs" fw={600} className="rule-step-name">
          {t('segments.step', { n: n + 1 })}
        </Text>
        <label className="rule-not">
          <input
            type="checkbox"
            checked={step.none === true}
            disabled={disabled}
            onChange={({ currentTarget }) => set('none', currentTarget.checked ? true : undefined)}
          />
          {t('segments.stepNone')}
        </label>
        <Named
          place={[...place, 'event']}
          label={t('segments.event')}
          value={step.event}
          known={catalogue.seen.events.map(({ name }) => name)}
        />
        <div>
          <Text size="xs" fw={500}>
            {t('segments.within')}
          </Text>
          <Span
            id={idOf(within, 'text')}
            label={t('segments.within')}
            iso={step.within}
            wrong={wrong}
            change={(to) => set('within', to, pointerOf(within))}
          />
        </div>
        {!disabled && !step.where && <AddWhere place={place} />}
        {!disabled && (
          <Act
            icon="cross"
            name={t('segments.removeStep', { n: n + 1 })}
            act={() => change((root) => withoutStep(root, place), null)}
          />
        )}
      </Group>
      <Wrong place={[...place, 'none']} />
      <Wrong place={place} />
      <Where place={place} where={step.where} event={step.event} />
    </div>
  );
}

/** The last one takes the list away with it. */
function withoutStep(root: GroupForm, place: Place): GroupForm {
  const list = place.slice(0, -1);
  const steps = list.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], root) as StepForm[];
  const left = steps.toSpliced(Number(place.at(-1)), 1);
  return withAt(root, list, left.length === 0 ? undefined : left);
}
