/**
 * Two versions of a template, or one and what is written now, with what was taken out and put in marked word by word.
 */
import { presentableDiff } from '@codemirror/merge';
import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../api/lists.js';
import { templatesVersions } from '../client/sdk.gen.js';
import { seoulTime } from '../format/time.js';
import { Section } from '../parts/page.js';
import { Loaded } from '../parts/loaded.js';
import { contentOf, type Content } from './use-message.js';

/** `edited`, or the number of a version. */
type Form = string;

export function Versions({
  template,
  version,
  edited,
  dirty,
}: {
  template: string;
  version: number;
  edited: Content;
  dirty: boolean;
}) {
  const { t } = useTranslation();
  // a new version is read anew
  const versions = useRead(['templates', template, 'versions', version], (signal) =>
    templatesVersions({ path: { key: template }, query: { limit: 200 }, signal }),
  );
  const [before, setBefore] = useState<Form | null>(null);
  const [after, setAfter] = useState<Form | null>(null);
  return (
    <Section title={t('messages.versions.title')}>
      <Loaded query={versions}>
        {({ items }) => {
          const [newest, older] = items;
          const first = before ?? String((dirty ? newest : (older ?? newest))?.version ?? '');
          const second = after ?? (dirty ? 'edited' : String(newest?.version ?? ''));
          const of = (form: Form): Content => {
            const found = items.find((one) => String(one.version) === form);
            return found ? contentOf(found) : edited;
          };
          const data = [
            ...(dirty || first === 'edited' || second === 'edited'
              ? [{ value: 'edited', label: t('messages.versions.edited') }]
              : []),
            ...items.map(({ version: no, createdBy, createdAt }) => ({
              value: String(no),
              label: t('messages.versions.one', { version: no, by: createdBy, at: seoulTime(createdAt) }),
            })),
          ];
          return (
            <Stack gap="sm" className="section-body">
              <Group gap="md" align="flex-end">
                <NativeSelect
                  label={t('messages.versions.before')}
                  data={data}
                  value={first}
                  onChange={({ currentTarget }) => setBefore(currentTarget.value)}
                />
                <NativeSelect
                  label={t('messages.versions.after')}
                  data={data}
                  value={second}
                  onChange={({ currentTarget }) => setAfter(currentTarget.value)}
                />
              </Group>
              <Difference before={of(first)} after={of(second)} />
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Difference({ before, after }: { before: Content; after: Content }) {
  const { t } = useTranslation();
  const name = (channel: Content['channel']) => t(`messages.channels.${channel}`);
  const rows = [
    [t('messages.channel'), name(before.channel), name(after.channel)],
    [t('messages.title'), before.title, after.title],
    [t('messages.body'), before.body, after.body],
  ] as const;
  const changed = rows.filter(([, was, is]) => was !== is);
  if (changed.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('messages.versions.same')}
      </Text>
    );
  return changed.map(([label, was, is]) => (
    <div key={label} className="text-difference">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <p>{piecesOf(was, is)}</p>
    </div>
  ));
}

function piecesOf(was: string, is: string): ReactNode[] {
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const { fromA, toA, fromB, toB } of presentableDiff(was, is)) {
    pieces.push(was.slice(at, fromA));
    if (toA > fromA) pieces.push(<del key={`-${fromA}`}>{was.slice(fromA, toA)}</del>);
    if (toB > fromB) pieces.push(<ins key={`+${fromB}`}>{is.slice(fromB, toB)}</ins>);
    at = toA;
  }
  pieces.push(was.slice(at));
  return pieces;
}
