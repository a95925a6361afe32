/**
 * The campaign as YAML. What the canvas changed is written into the text; what is written here is applied to the canvas once it can be read.
 */
import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Campaign } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import { inReadingOrder } from './graph/order.js';
import { isSame } from './graph/pointer.js';
import { shapeFault } from './graph/shape.js';
import { readYaml, rewritten, writeYaml } from './graph/yaml-text.js';
import type { Editor } from './use-editor.js';

export default function YamlView({ editor, disabled }: { editor: Editor; disabled: boolean }) {
  const { t } = useTranslation();
  const { campaign } = editor;
  const written = useMemo(
    () =>
      editor.text === null ? { text: writeYaml(inReadingOrder(campaign)), lost: 0 } : rewritten(editor.text, campaign),
    [editor.text, campaign],
  );
  // what is being typed, until it is applied
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? written.text;
  const wrong = useFaultOf(typed);
  const apply = () => {
    const read = readYaml(text);
    if (!read.ok || wrong !== null) return;
    const value = read.value as Campaign;
    // whose campaign it is, is not for the text to change once it is kept
    const made = editor.saved ? { ...value, key: editor.saved.key } : value;
    editor.setText(text);
    if (!isSame(made, campaign)) editor.change(made);
    setTyped(null);
  };
  return (
    <Stack gap="sm" className="section-body">
      <Text size="sm" c="dimmed">
        {t('canvas.yaml.note')}
      </Text>
      {typed === null && written.lost > 0 && (
        <Alert color="orange" variant="light" icon={<Icon name="alert" />}>
          {t('canvas.yaml.lost', { count: written.lost })}
        </Alert>
      )}
      <Textarea
        className="yaml"
        aria-label={t('canvas.yaml.label')}
        value={text}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        // what is typed here is undone here
        onKeyDown={(event) => {
          if ((event.ctrlKey || event.metaKey) && /^[zy]$/i.test(event.key)) event.stopPropagation();
        }}
        rows={28}
        spellCheck={false}
        disabled={disabled}
        error={wrong}
      />
      {!disabled && (
        <Group gap="sm">
          <Button
            disabled={typed === null || wrong !== null}
            onClick={apply}
            leftSection={<Icon name="check" size={16} />}
          >
            {t('canvas.yaml.apply')}
          </Button>
          {typed !== null && (
            <Button variant="default" onClick={() => setTyped(null)}>
              {t('canvas.discard')}
            </Button>
          )}
          {typed !== null && (
            <Text size="sm" c="dimmed">
              {t('canvas.yaml.unapplied')}
            </Text>
          )}
        </Group>
      )}
    </Stack>
  );
}

/** What keeps the text from being applied, or null. */
function useFaultOf(text: string | null): string | null {
  const { t } = useTranslation();
  if (text === null) return null;
  const read = readYaml(text);
  if (!read.ok) return t('canvas.yaml.fault', { line: read.line, detail: read.detail });
  const shape = shapeFault(read.value);
  return shape && t('canvas.yaml.shape', { pointer: shape.pointer || '/', detail: shape.detail });
}
