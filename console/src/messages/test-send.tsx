/**
 * A test of the text to oneself, or to colleagues who may be sent tests: it names to whom, takes sample values for what the text reads, and says what
 * became of it.
 */
import { Alert, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../api/lists.js';
import { usePerson } from '../api/session.js';
import { testmessagesList, testmessagesSend, testrecipientsList } from '../client/sdk.gen.js';
import type { TemplateFields, TestRecipient } from '../client/types.gen.js';
import { Decision } from '../parts/decision.js';
import { Icon } from '../parts/icon.js';
import { Rows } from '../parts/list.js';
import { Section } from '../parts/page.js';
import { Moment } from '../parts/values.js';
import { SAMPLE_REWARD, type Sample } from './use-judged.js';
import type { Content } from './use-message.js';

interface TestProps {
  /** Null: not kept yet. */
  template: string | null;
  content: Content;
  sample: Sample;
  variables: readonly string[];
  fields: TemplateFields;
  /** The text has faults. */
  blocked: boolean;
}

const PEOPLE_MAX = 5;
const KIND_OF: Partial<Record<Content['channel'], keyof TestRecipient['addresses']>> = {
  push: 'push',
  sms: 'phone',
  lms: 'phone',
  alimtalk: 'phone',
  email: 'email',
};

export function TestSend({ template, content, sample, variables, fields, blocked }: TestProps) {
  const { t } = useTranslation();
  const me = usePerson();
  const known = useRead(['test-recipients'], (signal) => testrecipientsList({ signal }));
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [gateway, setGateway] = useState('');
  const gateways = fields.channels.find(({ channel }) => channel === content.channel)?.gateways ?? [];
  const through = gateways.includes(gateway) ? gateway : (gateways[0] ?? '');
  const kind = KIND_OF[content.channel];
  const reachable = (known.data?.recipients ?? []).filter(({ addresses }) => kind && addresses[kind] !== undefined);
  const to = reachable.filter(({ person }) => (chosen ?? [me.id]).includes(person));
  const attributes = [
    ...new Set(variables.flatMap((name) => (/^customer\.(?!id$)/.test(name) ? [name.slice('customer.'.length)] : []))),
  ];
  const names = to.map(({ name }) => name).join(', ');
  const missing = gateways.length === 0 ? 'noGateway' : reachable.length === 0 ? 'noRecipient' : null;
  return (
    <Decision
      verb={to.length === 0 ? t('messages.test.verb') : t('messages.test.to', { names })}
      opener={t('messages.test.verb')}
      icon="send"
      color="wave"
      blocked={blocked || to.length === 0 || missing !== null}
      effect={
        <Stack gap="sm">
          <Text size="sm">{t('messages.test.effect')}</Text>
          {blocked && <Notice text={t('messages.test.faulty')} />}
          {missing && <Notice text={t(`messages.test.${missing}`)} />}
          <People reachable={reachable} kind={kind} to={to.map(({ person }) => person)} choose={setChosen} />
          {gateways.length > 1 && (
            <NativeSelect
              label={t('messages.test.gateway')}
              data={[...gateways]}
              value={through}
              onChange={({ currentTarget }) => setGateway(currentTarget.value)}
            />
          )}
          <Values attributes={attributes} values={values} change={setValues} />
        </Stack>
      }
      decide={({ idempotencyKey }) =>
        testmessagesSend({
          body: {
            content: { ...content, title: content.title === '' ? null : content.title },
            ...(template === null ? {} : { template }),
            gateway: through,
            people: to.map(({ person }) => person),
            purpose: sample.purpose,
            attributes: Object.fromEntries(attributes.map((name) => [name, values[name] || t('messages.test.sample')])),
            ...(variables.some((name) => name.startsWith('reward.')) ? { reward: SAMPLE_REWARD } : {}),
          },
          headers: { 'Idempotency-Key': idempotencyKey },
        })
      }
    />
  );
}

interface PeopleProps {
  reachable: readonly TestRecipient[];
  kind: keyof TestRecipient['addresses'] | undefined;
  /** Ids. */
  to: readonly string[];
  choose: (people: readonly string[]) => void;
}

function People({ reachable, kind, to, choose }: PeopleProps) {
  const { t } = useTranslation();
  const me = usePerson();
  return (
    <fieldset className="people">
      <legend>{t('messages.test.people')}</legend>
      {reachable.map(({ person, name, addresses }) => (
        <label key={person}>
          <input
            type="checkbox"
            checked={to.includes(person)}
            disabled={!to.includes(person) && to.length >= PEOPLE_MAX}
            onChange={({ currentTarget }) => {
              const others = to.filter((one) => one !== person);
              choose(currentTarget.checked ? [...others, person] : others);
            }}
          />{' '}
          {person === me.id ? t('messages.test.me', { name }) : name}{' '}
          <span className="id">{kind && addresses[kind]}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface ValuesProps {
  attributes: readonly string[];
  values: Readonly<Record<string, string>>;
  change: (values: Readonly<Record<string, string>>) => void;
}

/** What the text reads of a customer: of the test it is made up. */
function Values({ attributes, values, change }: ValuesProps) {
  const { t } = useTranslation();
  if (attributes.length === 0) return null;
  return (
    <>
      <Text size="sm">{t('messages.test.values')}</Text>
      {attributes.map((name) => (
        <TextInput
          key={name}
          size="xs"
          label={`customer.${name}`}
          value={values[name] ?? ''}
          placeholder={t('messages.test.sample')}
          onChange={({ currentTarget }) => change({ ...values, [name]: currentTarget.value })}
        />
      ))}
    </>
  );
}

const Notice = ({ text }: { text: string }) => (
  <Alert color="orange" variant="light" icon={<Icon name="alert" />}>
    {text}
  </Alert>
);

/** What became of the newest. */
export function Tests({ template }: { template: string }) {
  const { t } = useTranslation();
  const { data } = useRead(['test-messages', template], (signal) =>
    testmessagesList({ query: { template, limit: 10 }, signal }),
  );
  if (!data || data.messages.length === 0) return null;
  return (
    <Section title={t('messages.test.title')}>
      <Rows
        rows={data.messages}
        keyOf={({ id }) => id}
        label={t('messages.test.title')}
        columns={[
          { name: t('messages.test.person'), of: ({ name }) => name },
          { name: t('messages.channel'), of: ({ channel }) => t(`messages.channels.${channel}`) },
          {
            name: t('common.state'),
            of: ({ state, reason }) => (
              <span data-test={state}>
                <Icon name={state === 'accepted' ? 'check' : state === 'submitting' ? 'clock' : 'alert'} size={14} />{' '}
                {t(`messages.test.states.${state}`)} {reason}
              </span>
            ),
          },
          { name: t('common.at'), of: ({ sentAt }) => <Moment at={sentAt} /> },
        ]}
      />
    </Section>
  );
}
