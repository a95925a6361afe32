/**
 * A ready campaign's blanks, filled in: what is made is a draft, to be checked, approved and launched like any other.
 */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { newIdempotencyKey } from '../../api/client.js';
import { useRead } from '../../api/lists.js';
import { CallFailed, faultAt } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { galleryFill, galleryList } from '../../client/sdk.gen.js';
import type { GalleryFill, ReadyCampaign } from '../../client/types.gen.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Loaded } from '../../parts/loaded.js';
import { Page, Section } from '../../parts/page.js';
import { NotFound } from '../other.js';
import { BlankField, type Value } from './blank.js';
import { theOnly, useChoices } from './choices.js';
import { useWords } from './words.js';

export function Component() {
  const { item } = useParams();
  const gallery = useRead(['gallery'], (signal) => galleryList({ signal }));
  return (
    <Loaded query={gallery}>
      {({ items }) => {
        const ready = items.find(({ key }) => key === item);
        return ready ? <Filling key={ready.key} ready={ready} /> : <NotFound />;
      }}
    </Loaded>
  );
}

/** The draft is made once, however often it is tried; then its page is gone to. */
function useMaking(item: string, body: Required<GalleryFill>) {
  const navigate = useNavigate();
  const [idempotencyKey] = useState(newIdempotencyKey);
  return useMutation({
    mutationFn: () => galleryFill({ path: { item }, body, headers: { 'Idempotency-Key': idempotencyKey } }),
    onSuccess: async ({ campaign }) => {
      await navigate(`/campaigns/${encodeURIComponent(campaign.key)}`);
      await queries.invalidateQueries();
    },
  });
}

function Filling({ ready }: { ready: ReadyCampaign }) {
  const { t } = useTranslation();
  const words = useWords();
  const choices = useChoices();
  const [key, setKey] = useState(ready.key);
  const [name, setName] = useState(words(ready.name));
  const [values, setValues] = useState<Record<string, Value>>(() =>
    Object.fromEntries(ready.blanks.map((blank) => [blank.name, blank.preset ?? ''])),
  );
  const chosen = Object.fromEntries(
    ready.blanks.map((blank) => [blank.name, values[blank.name] || theOnly(blank.kind, choices)]),
  );
  const making = useMaking(ready.key, { key, name, values: chosen });
  const left = making.error instanceof CallFailed && making.error.faults.length > 0 ? null : making.error;
  return (
    <Page title={words(ready.name)} up={{ to: '/gallery', label: t('places.gallery') }}>
      <Text c="dimmed">{words(ready.what)}</Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          making.mutate();
        }}
      >
        <Section title={t('gallery.blanks')} note={t('gallery.blanksNote')}>
          <Stack gap="md" className="section-body filling">
            <Group grow align="flex-start">
              <TextInput
                label={t('campaigns.name')}
                required
                maxLength={200}
                value={name}
                error={faultAt(making.error, '/name')}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <TextInput
                label={t('campaigns.key')}
                required
                maxLength={25}
                value={key}
                error={faultAt(making.error, '/key')}
                onChange={(event) => setKey(event.currentTarget.value)}
              />
            </Group>
            {ready.blanks.map((blank) => (
              <BlankField
                key={blank.name}
                blank={blank}
                value={chosen[blank.name] ?? ''}
                error={faultAt(making.error, `/values/${blank.name}`)}
                choices={choices}
                change={(value) => setValues((before) => ({ ...before, [blank.name]: value }))}
              />
            ))}
            {left && <Failure error={left} />}
            <Group justify="flex-end">
              <Button
                type="submit"
                loading={making.isPending}
                disabled={choices.pending}
                leftSection={<Icon name="check" size={16} />}
              >
                {t('gallery.make')}
              </Button>
            </Group>
          </Stack>
        </Section>
      </form>
    </Page>
  );
}
