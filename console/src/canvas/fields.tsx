/**
 * A form made of the campaign's schema: what is needed is there, what may be is added and removed, and each fault stands at its field.
 */
import { ActionIcon, Anchor, Group, NativeSelect, Textarea, TextInput, Text } from '@mantine/core';
import { createContext, use } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Icon } from '../parts/icon.js';
import { Adder } from './adder.js';
import { faultsAt, type PlacedFault } from './graph/faults.js';
import { isObject, pointerOf, type Step } from './graph/pointer.js';
import { blankOf, exclusiveOf, formOf, formsOf, namesOf, resolved, wordOf, type Schema } from './graph/schema.js';
import { KnownNote } from './known-note.js';

interface FormContent {
  root: Schema;
  faults: readonly PlacedFault[];
  /** Names that exist for a field, such as the templates: by the field's name. */
  known: Readonly<Record<string, readonly string[]>>;
  /** Fields that are edited elsewhere. */
  hidden: readonly string[];
  disabled: boolean;
  change: (at: readonly Step[], value: unknown) => void;
}

export const FormContext = createContext<FormContent | null>(null);

function useForm(): FormContent {
  const form = use(FormContext);
  if (!form) throw new Error('no form above');
  return form;
}

export const idOfField = (pointer: string) => `field${pointer.replaceAll('/', '-')}`;

/** The words for a field or a value; its own name where there are none. */
export function useWords() {
  const { t, i18n } = useTranslation();
  const word = (kind: 'fields' | 'values', name: string) => {
    const key = `canvas.${kind}.${name}`;
    return name !== '' && i18n.exists(key) ? t(key as 'canvas.fields.name') : name;
  };
  return {
    field: (name: Step) => (typeof name === 'number' ? String(name + 1) : word('fields', name)),
    value: (name: string) => word('values', name),
    form: (names: readonly string[]) =>
      names
        .map((name) => (i18n.exists(`canvas.values.${name}`) ? word('values', name) : word('fields', name)))
        .join(' · '),
  };
}

interface FieldProps {
  at: readonly Step[];
  schema: Schema;
  value: unknown;
  required: boolean;
}

export function Field(props: FieldProps) {
  const { root } = useForm();
  const schema = resolved(props.schema, root);
  const forms = formsOf(schema, root);
  if (forms.length > 1) return <Alternatives {...props} forms={forms} />;
  const one = forms[0] ?? schema;
  if (one.properties) return <Nested {...props} schema={one} />;
  if (one.type === 'array') return <Items {...props} schema={one} />;
  return <Single {...props} schema={one} />;
}

/** Label, remark, fault and id of a field. */
function useAbout({ at, schema, required }: FieldProps) {
  const { faults, disabled } = useForm();
  const { i18n } = useTranslation();
  const words = useWords();
  const pointer = pointerOf(at);
  const wrong = faultsAt(faults, pointer);
  return {
    id: idOfField(pointer),
    label: words.field(at.at(-1) ?? ''),
    // the schema's own words, which are English
    ...(schema.description && i18n.language === 'en' ? { description: schema.description } : {}),
    error: wrong.length > 0 ? wrong.join('; ') : undefined,
    withAsterisk: required,
    disabled,
    size: 'xs',
  } as const;
}

function Single(props: FieldProps) {
  const { at, schema, value } = props;
  const { t } = useTranslation();
  const { change, known, root } = useForm();
  const about = useAbout(props);
  const words = useWords();
  const choices = schema.type === 'boolean' ? [true, false] : (schema.enum ?? []);
  if (choices.length > 0) {
    const shown = choices.map((choice) => ({ value: String(choice), label: words.value(nameOfChoice(choice)) }));
    const now = typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
    const other = choices.includes(value) ? [] : [{ value: now, label: now }];
    return (
      <NativeSelect
        {...about}
        data={[...other, ...shown]}
        value={now}
        onChange={({ currentTarget }) =>
          change(at, choices.find((choice) => String(choice) === currentTarget.value) ?? blankOf(schema, root))
        }
      />
    );
  }
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if ((schema.maxLength ?? 0) > 500)
    return (
      <Textarea {...about} rows={4} value={text} onChange={({ currentTarget }) => change(at, currentTarget.value)} />
    );
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  const names = known[String(at.at(-1))] ?? [];
  return (
    <>
      <TextInput
        {...about}
        type={isNumber ? 'number' : 'text'}
        {...(isNumber ? { step: schema.type === 'integer' ? 1 : 'any' } : {})}
        {...(names.length > 0 ? { list: `${about.id}-known`, autoComplete: 'off' } : {})}
        value={text}
        onChange={({ currentTarget }) =>
          change(at, isNumber && currentTarget.value !== '' ? Number(currentTarget.value) : currentTarget.value)
        }
      />
      {at.at(-1) === 'segment' && text !== '' && (
        <Anchor component={Link} to={`/segments/${encodeURIComponent(text)}`} size="xs">
          {t('canvas.openSegment', { key: text })}
        </Anchor>
      )}
      {names.length > 0 && (
        <datalist id={`${about.id}-known`}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
      <KnownNote field={String(at.at(-1))} value={text} />
    </>
  );
}

const nameOfChoice = (choice: unknown) => (typeof choice === 'boolean' ? (choice ? 'yes' : 'no') : String(choice));

function Alternatives(props: FieldProps & { forms: Schema[] }) {
  const { at, value, forms } = props;
  const { change, root } = useForm();
  const { t } = useTranslation();
  const about = useAbout(props);
  const words = useWords();
  const n = formOf(value, forms);
  const form = forms[n] as Schema;
  const isWord = wordOf(form) !== undefined;
  return (
    <>
      <NativeSelect
        {...about}
        {...(isWord ? {} : { 'aria-label': t('canvas.alternative', { name: about.label }) })}
        data={forms.map((one, index) => ({ value: String(index), label: words.form(namesOf(one)) }))}
        value={String(n)}
        onChange={({ currentTarget }) => change(at, blankOf(forms[Number(currentTarget.value)] as Schema, root))}
      />
      {!isWord &&
        (form.properties ? (
          <fieldset className="nested" aria-label={about.label}>
            <Fields at={at} schema={form} value={value} />
          </fieldset>
        ) : (
          <Field at={at} schema={form} value={value} required={props.required} />
        ))}
    </>
  );
}

function Nested(props: FieldProps) {
  const { label, error } = useAbout(props);
  return (
    <fieldset className="nested" id={idOfField(pointerOf(props.at))} tabIndex={-1}>
      <legend>{label}</legend>
      {error && <Wrong detail={error} />}
      <Fields at={props.at} schema={props.schema} value={props.value} />
    </fieldset>
  );
}

/** Below what is wrong; as text, since there is no one input that it belongs to. */
const Wrong = ({ detail }: { detail: string }) => (
  <Text size="xs" className="wrong">
    {detail}
  </Text>
);

export function Fields({ at, schema, value }: { at: readonly Step[]; schema: Schema; value: unknown }) {
  const { change, root, hidden, disabled } = useForm();
  const { t } = useTranslation();
  const words = useWords();
  const values = isObject(value) ? value : {};
  const one = exclusiveOf(schema);
  const needed = new Set(schema.required ?? []);
  const names = Object.keys(schema.properties ?? {}).filter(
    (name) => !(hidden.includes(name) && (at.length === 0 || name === 'next')) && !isSaid(schema.properties?.[name]),
  );
  const shown = names.filter((name) => needed.has(name) || values[name] !== undefined);
  const absent = names.filter((name) => !shown.includes(name));
  const without = (gone: readonly string[]) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !gone.includes(name)));
  const blank = (name: string) => blankOf(schema.properties?.[name] ?? {}, root);
  return (
    <>
      {shown.map((name) => (
        <div key={name} className="field" data-optional={!needed.has(name) || undefined}>
          <div>
            <Field
              at={[...at, name]}
              schema={schema.properties?.[name] ?? {}}
              value={values[name]}
              required={needed.has(name)}
            />
          </div>
          {!needed.has(name) && !disabled && (
            <RemoveButton
              label={t('canvas.removeField', { name: words.field(name) })}
              remove={() => change(at, without([name]))}
            />
          )}
        </div>
      ))}
      {absent.length > 0 && !disabled && (
        <Adder
          label={at.length === 0 ? t('canvas.addField') : `${t('canvas.addField')}: ${words.field(at.at(-1) ?? '')}`}
          options={absent.map((name) => ({ value: name, label: words.field(name) }))}
          add={(name) =>
            // of those of which there is one, the others go
            change(at, { ...without(one.includes(name) ? one : []), [name]: blank(name) })
          }
        />
      )}
    </>
  );
}

const isSaid = (schema: Schema | undefined) => schema !== undefined && wordOf(schema) !== undefined;

function Items(props: FieldProps) {
  const { at, schema, value } = props;
  const { change, root, disabled } = useForm();
  const { t } = useTranslation();
  const { label, error } = useAbout(props);
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  return (
    <fieldset className="nested" id={idOfField(pointerOf(at))} tabIndex={-1}>
      <legend>{label}</legend>
      {error && <Wrong detail={error} />}
      {items.map((item, n) => (
        // a list of a person's choices has no other key than its places
        <div key={n} className="field">
          <div>
            <Field at={[...at, n]} schema={schema.items ?? {}} value={item} required />
          </div>
          {items.length > (schema.minItems ?? 0) && !disabled && (
            <RemoveButton
              label={t('canvas.removeField', { name: `${label} ${n + 1}` })}
              remove={() =>
                change(
                  at,
                  items.filter((_, other) => other !== n),
                )
              }
            />
          )}
        </div>
      ))}
      {items.length < (schema.maxItems ?? 100) && !disabled && (
        <Group>
          <button
            type="button"
            className="quiet"
            onClick={() => change(at, [...items, blankOf(schema.items ?? {}, root)])}
          >
            + {t('canvas.addItem', { name: label })}
          </button>
        </Group>
      )}
    </fieldset>
  );
}

const RemoveButton = ({ label, remove }: { label: string; remove: () => void }) => (
  <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} title={label} onClick={remove}>
    <Icon name="cross" size={15} />
  </ActionIcon>
);
