/**
 * Channel, title and text of a template, what may be put into it, and its faults, each leading to its place.
 */
import { NativeSelect, Stack, Text } from '@mantine/core';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TemplateFields } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import { Section } from '../parts/page.js';
import { Code, type CodeHandle, type Fault } from './code.js';
import { Insert } from './insert.js';
import type { Message } from './use-message.js';

interface WrittenProps {
  message: Message;
  faults: readonly Fault[];
  fields: TemplateFields;
  disabled: boolean;
}

export function Written({ message: { content, change }, faults, fields, disabled }: WrittenProps) {
  const { t } = useTranslation();
  const title = useRef<CodeHandle>(null);
  const body = useRef<CodeHandle>(null);
  const inTitle = useMemo(() => faults.filter(({ pointer }) => pointer === '/title'), [faults]);
  const inBody = useMemo(() => faults.filter(({ pointer }) => pointer === '/body'), [faults]);
  const shared = { words: fields, disabled, offers: t('messages.offers') };
  return (
    <Section
      title={t('messages.text')}
      beside={!disabled && <Insert fields={fields} insert={(text) => body.current?.insert(text)} />}
    >
      <Stack gap="sm" className="section-body">
        <NativeSelect
          label={t('messages.channel')}
          className="channel"
          disabled={disabled}
          data={fields.channels.map(({ channel }) => ({ value: channel, label: t(`messages.channels.${channel}`) }))}
          value={content.channel}
          onChange={({ currentTarget }) => change({ channel: currentTarget.value as typeof content.channel })}
        />
        <div>
          <div className="code-label">{t('messages.title')}</div>
          <Code
            ref={title}
            {...shared}
            label={t('messages.title')}
            single
            value={content.title}
            change={(value) => change({ title: value })}
            faults={inTitle}
          />
        </div>
        <div className="code-body">
          <div className="code-label">{t('messages.body')}</div>
          <Code
            ref={body}
            {...shared}
            label={t('messages.body')}
            value={content.body}
            change={(value) => change({ body: value })}
            faults={inBody}
          />
        </div>
        <Text size="xs" c="dimmed">
          {t('messages.note')}
        </Text>
        <Faults faults={faults} go={(fault) => (fault.pointer === '/title' ? title : body).current?.goTo(fault)} />
      </Stack>
    </Section>
  );
}

function Faults({ faults, go }: { faults: readonly Fault[]; go: (fault: Fault) => void }) {
  const { t } = useTranslation();
  if (faults.length === 0) return null;
  return (
    <ul className="plain" aria-label={t('messages.faults', { count: faults.length })}>
      {faults.map((fault) => (
        <li key={`${fault.pointer} ${fault.line} ${fault.column} ${fault.detail}`}>
          <button type="button" className="text-fault" onClick={() => go(fault)}>
            <Icon name="alert" size={15} />
            <span>
              {fault.pointer === '/title' ? t('messages.title') : t('messages.body')}
              {fault.line !== undefined &&
                ` ${t('messages.at', { line: fault.line, column: fault.column ?? 1 })}`}: {fault.detail}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
