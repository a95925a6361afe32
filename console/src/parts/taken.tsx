/**
 * A file that was taken out of the books: its hash and signature, and how somebody else checks them.
 */
import '../styles/books.css';
import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Taken } from '../api/taking.js';
import { Icon } from './icon.js';
import { Facts, Section } from './page.js';
import { Count } from './values.js';

export function TakenFile({ taken, command }: { taken: Taken; command?: { text: string; note: string } }) {
  const { t } = useTranslation();
  const { name, bytes, sha256, same, keyId, signature, statement } = taken;
  const compared = same === null ? 'unchecked' : same ? 'same' : 'differs';
  return (
    <Section title={t('taken.title', { name })}>
      <div className="taken">
        <Facts
          facts={[
            [t('taken.hash'), <Copied text={sha256} />],
            [
              t('taken.check'),
              <span data-same={same}>
                <Icon name={same === null ? 'help' : same ? 'check' : 'alert'} size={14} />{' '}
                {t(`taken.${compared}`, { name })}
              </span>,
            ],
            [t('taken.bytes'), <Count of={bytes} />],
            [t('taken.key'), <span className="id">{keyId}</span>],
            [t('taken.signature'), <Copied text={signature} />],
            [t('taken.signed'), <Copied text={statement} />],
          ]}
        />
      </div>
      {command && <Command {...command} />}
    </Section>
  );
}

/** A command for a terminal, to be copied. */
export function Command({ text, note }: { text: string; note: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" className="section-body">
      <Text fw={600} size="sm">
        {t('taken.command')}
      </Text>
      <Code block className="command" tabIndex={0}>
        {text}
      </Code>
      <Group justify="space-between" gap="sm" wrap="nowrap" align="flex-start">
        <Text size="sm" c="dimmed">
          {note}
        </Text>
        <Copy text={text} />
      </Group>
    </Stack>
  );
}

function Copied({ text }: { text: string }) {
  return (
    <span className="copied">
      <span className="id">{text}</span> <Copy text={text} />
    </span>
  );
}

function Copy({ text }: { text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  // not there where the page came over plain HTTP: the text is selected by hand
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard) return null;
  return (
    <Button
      size="compact-xs"
      variant="default"
      className="copy"
      onClick={() => void clipboard.writeText(text).then(() => setCopied(true))}
    >
      {t(copied ? 'taken.copied' : 'taken.copy')}
    </Button>
  );
}
