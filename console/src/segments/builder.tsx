/**
 * The rule builder: groups in groups, each part with its fields and whatever is wrong with it right there. Everything is a field or a button, so that
 * all of it goes by keys: what is added is gone to, and so is what comes after the removed.
 */
import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { pointerOf } from '../canvas/graph/pointer.js';
import { Clause } from './clause.js';
import { Act, idOf, useBuilder, Wrong, type PartsProps } from './context.js';
import { blankRule, type Inside } from './rule/catalogue.js';
import { insert, move, partAt, remove, unwrap, withAt, wrap, type Place } from './rule/edit.js';
import { isGroup, type GroupForm, type PartForm } from './rule/form.js';

export function GroupEditor({ place, group, inside, event, label, actions }: PartsProps) {
  const { t } = useTranslation();
  const { change, disabled } = useBuilder();
  const joined = t(`segments.${group.combinator}`);
  const set = (name: 'combinator' | 'not', to: unknown) =>
    change((root) => withAt(root, [...place, name], to), `${pointerOf(place)}/${name}`);
  return (
    <div
      role="group"
      aria-label={label ?? t(`segments.groups.${group.combinator}`)}
      className="rule-group"
      data-group={pointerOf(place)}
      data-depth={place.length === 0 ? 0 : (place.length / 2) % 2}
    >
      <Group gap="xs" className="rule-head">
        {label && (
          <Text size="xs" fw={600}>
            {label}
          </Text>
        )}
        <NativeSelect
          id={idOf(place, 'combinator')}
          size="xs"
          aria-label={t('segments.combinator')}
          disabled={disabled}
          data={(['and', 'or'] as const).map((value) => ({ value, label: t(`segments.groups.${value}`) }))}
          value={group.combinator}
          onChange={({ currentTarget }) => set('combinator', currentTarget.value)}
        />
        <label className="rule-not">
          <input
            type="checkbox"
            checked={group.not === true}
            disabled={disabled}
            onChange={({ currentTarget }) => set('not', currentTarget.checked ? true : undefined)}
          />
          {t(inside === 'rule' ? 'segments.not' : 'segments.notWhere')}
        </label>
        <span className="rule-gap" />
        {actions}
      </Group>
      <Wrong place={place} />
      <div className="rule-parts">
        {group.rules.map((part, n) => (
          // parts have no names of their own: each is what stands at its place
          // oxlint-disable-next-line react/no-array-index-key
          <Fragment key={n}>
            {n > 0 && (
              <span className="rule-joint" aria-hidden="true">
                {joined}
              </span>
            )}
            <Part place={partAt(place, n)} part={part} inside={inside} event={event} of={group.rules.length} />
          </Fragment>
        ))}
      </div>
      {!disabled && <Adding place={place} group={group} inside={inside} />}
    </div>
  );
}

function Part(props: { place: Place; part: PartForm; inside: Inside; event: string | undefined; of: number }) {
  const { place, part, inside, event } = props;
  const { t } = useTranslation();
  const { change, goTo, disabled } = useBuilder();
  const n = Number(place.at(-1));
  const group = place.slice(0, -2);
  const focused = isGroup(part) ? 'combinator' : 'field';
  const moved = (by: -1 | 1) => {
    change((root) => move(root, place, by), null);
    goTo(idOf(partAt(group, n + by), by < 0 ? 'up' : 'down'));
  };
  const actions = !disabled && (
    <Group gap={2} wrap="nowrap" className="rule-actions">
      <Act id={idOf(place, 'up')} icon="up" name={t('segments.up')} off={n === 0} act={() => moved(-1)} />
      <Act
        id={idOf(place, 'down')}
        icon="down"
        name={t('segments.down')}
        off={n === props.of - 1}
        act={() => moved(1)}
      />
      {isGroup(part) ? (
        <Act
          icon="ungroup"
          name={t('segments.unwrap')}
          act={() => {
            change((root) => unwrap(root, place), null);
            goTo(idOf(place, 'field'));
          }}
        />
      ) : (
        <Act
          icon="group"
          name={t('segments.wrap')}
          act={() => {
            change((root) => wrap(root, place, 'or'), null);
            goTo(idOf(place, 'combinator'));
          }}
        />
      )}
      <Act
        icon="cross"
        name={t(isGroup(part) ? 'segments.removeGroup' : 'segments.remove')}
        act={() => {
          change((root) => remove(root, place), null);
          goTo(n < props.of - 1 ? idOf(place, focused) : idOf(group, 'add'));
        }}
      />
    </Group>
  );
  if (isGroup(part)) return <GroupEditor place={place} group={part} inside={inside} event={event} actions={actions} />;
  return <Clause place={place} rule={part} inside={inside} event={event} actions={actions} />;
}

function Adding({ place, group, inside }: { place: Place; group: GroupForm; inside: Inside }) {
  const { t } = useTranslation();
  const { catalogue, change, goTo } = useBuilder();
  const add = (part: PartForm) => {
    change((root) => insert(root, place, part), null);
    goTo(idOf(partAt(place, group.rules.length), isGroup(part) ? 'combinator' : 'field'));
  };
  const blank = () => blankRule(catalogue, inside === 'rule' ? 'status' : 'property.', inside);
  const other = group.combinator === 'and' ? 'or' : 'and';
  return (
    <Group gap="xs" className="rule-foot">
      <Button
        id={idOf(place, 'add')}
        size="compact-xs"
        variant="light"
        onClick={() => add(blank())}
        data-add={pointerOf(place)}
      >
        + {t('segments.addClause')}
      </Button>
      {inside === 'rule' && (
        <Button
          size="compact-xs"
          variant="light"
          onClick={() => add(blankRule(catalogue, 'event.count', inside))}
          data-add-event={pointerOf(place)}
        >
          + {t('segments.addEvents')}
        </Button>
      )}
      <Button
        size="compact-xs"
        variant="subtle"
        onClick={() => add({ combinator: other, rules: [blank()] })}
        data-add-group={pointerOf(place)}
      >
        + {t('segments.addGroup')}
      </Button>
    </Group>
  );
}
