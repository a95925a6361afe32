/**
 * A message as its marketer writes it: the text with what may be said in it, its faults at their places, how it is seen, its tests and its versions.
 */
import './messages.css';
import { Anchor, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFilters, useRead } from '../api/lists.js';
import { useMay } from '../api/session.js';
import { templatepreviewsFields } from '../client/sdk.gen.js';
import type { UsedTemplate } from '../client/types.gen.js';
import { seoulTime } from '../format/time.js';
import { Loaded } from '../parts/loaded.js';
import { Page, Section } from '../parts/page.js';
import type { Fault } from './code.js';
import { Conflict, Save } from './saving.js';
import { Seen } from './seen.js';
import { Tests, TestSend } from './test-send.js';
import { useJudged, type Judged, type Sample } from './use-judged.js';
import { useMessage, type Message } from './use-message.js';
import { Versions } from './versions.js';
import { Written } from './written.js';

const NO_FAULTS: readonly Fault[] = [];

export default function MessageEditor({ saved }: { saved: UsedTemplate | null }) {
  const { t } = useTranslation();
  const disabled = !useMay()('templates.put');
  const fields = useRead(['template-fields'], (signal) => templatepreviewsFields({ signal }));
  const message = useMessage(saved);
  const [name, setName] = useState('');
  const sample = useSample();
  const judged = useJudged(message.content, sample);
  const faults = judged.judgement?.faults ?? NO_FAULTS;
  const blocked = faults.length > 0 || message.content.body === '';
  const test = fields.data && (
    <TestSend
      template={saved?.key ?? null}
      content={message.content}
      sample={sample}
      variables={judged.judgement?.variables ?? []}
      fields={fields.data}
      blocked={blocked}
    />
  );
  return (
    <Page
      title={saved?.key ?? (name || t('messages.new'))}
      up={{ to: '/messages', label: t('places.messages') }}
      beside={<Standing message={message} judged={judged} faults={faults.length} />}
      actions={
        !disabled && (
          <>
            {test}
            <Save message={message} name={name} saved={saved} disabled={blocked} />
          </>
        )
      }
    >
      {message.moved && saved && <Conflict message={message} saved={saved} />}
      <Loaded query={fields}>
        {(known) => (
          <div className="message">
            <Stack gap="md">
              {saved === null && <Name name={name} change={setName} />}
              <Written message={message} faults={faults} fields={known} disabled={disabled} />
              {saved && <OfSaved saved={saved} message={message} tests={!disabled} />}
            </Stack>
            <Seen
              content={message.content}
              judged={judged}
              sample={sample}
              fields={known}
              disabled={disabled}
              change={message.change}
            />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** Whose text is shown, and for what: in the address. */
function useSample(): Sample {
  const filters = useFilters();
  const customer = filters.get('customer');
  const purpose = filters.get('purpose') === 'advertising' ? 'advertising' : 'information';
  return useMemo(() => ({ customer, purpose }), [customer, purpose]);
}

function Name({ name, change }: { name: string; change: (name: string) => void }) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t('messages.key')}
      description={t('messages.keyNote')}
      required
      value={name}
      onChange={({ currentTarget }) => change(currentTarget.value.trim())}
    />
  );
}

function OfSaved({ saved, message, tests }: { saved: UsedTemplate; message: Message; tests: boolean }) {
  const { key, version, usedBy } = saved;
  return (
    <>
      {usedBy.length > 0 && <Uses campaigns={usedBy} />}
      <Versions template={key} version={version} edited={message.content} dirty={message.dirty} />
      {tests && <Tests template={key} />}
    </>
  );
}

function Standing({ message, judged, faults }: { message: Message; judged: Judged; faults: number }) {
  const { t } = useTranslation();
  const { dirty, keptAt, restored, version } = message;
  const state = !dirty
    ? t('messages.state.clean', { version: version ?? 0 })
    : keptAt === null
      ? t('messages.state.notKept')
      : keptAt === undefined
        ? t('messages.state.changed')
        : t(restored ? 'messages.state.restored' : 'messages.state.kept', { at: seoulTime(keptAt) });
  return (
    <Text
      size="sm"
      c="dimmed"
      role="status"
      data-dirty={dirty}
      data-kept={typeof keptAt === 'string'}
      data-judging={judged.judging}
      data-faults={faults}
    >
      {version === null && !dirty ? '' : state}
    </Text>
  );
}

function Uses({ campaigns }: { campaigns: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <Section title={t('messages.uses', { count: campaigns.length })} note={t('messages.usesNote')}>
      <Group gap="md" className="section-body">
        {campaigns.map((key) => (
          <Anchor key={key} component={Link} to={`/campaigns/${encodeURIComponent(key)}`} className="id" size="sm">
            {key}
          </Anchor>
        ))}
      </Group>
    </Section>
  );
}
