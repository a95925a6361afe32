/**
 * Two forms of a campaign beside each other: launched versions, the draft as it is saved, and what is edited here. Drawn, and field by field.
 */
import { Group, NativeSelect, Stack, Table, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../api/lists.js';
import { campaignversionsFind, campaignversionsList } from '../client/sdk.gen.js';
import type { Campaign } from '../client/types.gen.js';
import { Empty, Section } from '../parts/page.js';
import { useWords } from './fields.js';
import { Flow } from './flow.js';
import { changeOf, unionOf, type FieldChange } from './graph/diff.js';
import { stepsOf } from './graph/pointer.js';
import { FateMark } from './marks.js';
import type { Editor } from './use-editor.js';

/** `edited`, `saved`, or the number of a version. */
type Form = string;

const NO_FAULTS = new Map<string, number>();

export default function Compare({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const { saved } = editor;
  const key = saved?.key ?? '';
  const versions = useRead(
    ['campaigns', key, 'versions'],
    (signal) => campaignversionsList({ path: { key }, query: { limit: 200 }, signal }),
    { enabled: saved?.version !== null && saved !== null },
  );
  const [before, setBefore] = useState<Form | null>(null);
  const [after, setAfter] = useState<Form>('edited');
  // with nothing edited, the newest launched version is what one compares with
  const first = before ?? (editor.dirty || !saved?.version ? 'saved' : String(saved.version));
  const older = useForm(editor, first);
  const newer = useForm(editor, after);
  const forms = [
    { value: 'edited', label: t('canvas.compare.edited') },
    ...(saved ? [{ value: 'saved', label: t('canvas.compare.saved', { revision: saved.revision }) }] : []),
    ...(versions.data?.items ?? []).map(({ version, launchedBy: by }) => ({
      value: String(version),
      label: t('canvas.compare.version', { version, by }),
    })),
  ];
  return (
    <Stack gap="md" className="section-body">
      <Group gap="md" align="flex-end">
        <NativeSelect
          label={t('canvas.compare.before')}
          data={forms}
          value={first}
          onChange={({ currentTarget }) => setBefore(currentTarget.value)}
        />
        <NativeSelect
          label={t('canvas.compare.after')}
          data={forms}
          value={after}
          onChange={({ currentTarget }) => setAfter(currentTarget.value)}
        />
      </Group>
      {older && newer && <Difference before={older} after={newer} />}
    </Stack>
  );
}

function useForm(editor: Editor, form: Form): Campaign | undefined {
  const { saved, campaign } = editor;
  const version = Number(form);
  const isVersion = Number.isInteger(version);
  const read = useRead(
    ['campaigns', saved?.key, 'versions', version],
    (signal) => campaignversionsFind({ path: { key: saved?.key ?? '', version }, signal }),
    { enabled: isVersion && saved !== null },
  );
  if (isVersion) return read.data?.draft;
  return form === 'saved' && saved ? saved.draft : campaign;
}

function Difference({ before, after }: { before: Campaign; after: Campaign }) {
  const { t } = useTranslation();
  const change = useMemo(() => changeOf(before, after), [before, after]);
  const journey = useMemo(() => unionOf(before.journey, after.journey), [before, after]);
  const fates = useMemo(() => new Map(change.nodes.map(({ id, fate }) => [id, fate])), [change]);
  const changes = change.nodes.filter(({ fate }) => fate !== 'same');
  if (changes.length === 0 && change.fields.length === 0)
    return <Empty icon="check" title={t('canvas.compare.nothing')} />;
  return (
    <div className="compare">
      <Flow
        journey={journey}
        faults={NO_FAULTS}
        fates={fates}
        selection={null}
        select={nothing}
        label={t('canvas.compare.title')}
      />
      <Section title={t('canvas.compare.title')}>
        {change.fields.length > 0 && (
          <div className="difference">
            <strong>{t('canvas.compare.campaign')}</strong>
            <Changes fields={change.fields} />
          </div>
        )}
        {changes.map(({ id, fate, fields, before: old, after: now }) => (
          <div key={id} className="difference" data-difference={id}>
            <Group gap="xs">
              <FateMark fate={fate} />
              <span className="id">{id}</span>
              <Text span size="xs" c="dimmed">
                {t(`nodes.${(now ?? old)?.type ?? 'exit'}`)}
              </Text>
            </Group>
            {fields.length > 0 && <Changes fields={fields} />}
          </div>
        ))}
      </Section>
    </div>
  );
}

const nothing = () => undefined;

function Changes({ fields }: { fields: readonly FieldChange[] }) {
  const words = useWords();
  return (
    <Table verticalSpacing={4} fz="xs" layout="fixed">
      <Table.Tbody>
        {fields.map(({ pointer, before, after }) => (
          <Table.Tr key={pointer}>
            <Table.Th scope="row">
              {stepsOf(pointer)
                .map((step) => (/^\d+$/.test(step) ? words.field(Number(step)) : words.field(step)))
                .join(' › ')}
            </Table.Th>
            <Table.Td className="was">{textOf(before)}</Table.Td>
            <Table.Td className="is">{textOf(after)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const textOf = (value: unknown) =>
  value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
