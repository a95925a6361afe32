/**
 * A lucky box is made, or a draft of one changed: its prizes, what whoever draws one that is gone gets instead, and what all of it can cost. It is
 * committed to once the first campaign that names it is launched.
 */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { CallFailed, faultAt, saidNowhere } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { contentOf, draftOf, NEW_BOX, NEW_PRIZE, sumsOf, type BoxDraft, type PrizeDraft } from '../../boxes/draft.js';
import { PrizeFields } from '../../boxes/prize-fields.js';
import { luckyboxesFind, luckyboxesPut } from '../../client/sdk.gen.js';
import { moneyText } from '../../format/money.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Loaded } from '../../parts/loaded.js';
import { Page, Section } from '../../parts/page.js';

const PRIZES_MAX = 50;

export function Component() {
  const { t } = useTranslation();
  const { key } = useParams();
  return (
    <Page
      title={key === undefined ? t('making.newBox') : t('making.editBox', { key })}
      up={{ to: '/lucky-boxes', label: t('places.luckyBoxes') }}
    >
      {key === undefined ? <Form begun={NEW_BOX} isNew /> : <Existing boxKey={key} />}
    </Page>
  );
}

function Existing({ boxKey }: { boxKey: string }) {
  const box = useRead(['boxes', boxKey], (signal) => luckyboxesFind({ path: { key: boxKey }, signal }), { once: true });
  return <Loaded query={box}>{(found) => <Form begun={draftOf(found)} isNew={false} />}</Loaded>;
}

function useSaving(box: BoxDraft, isNew: boolean) {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () =>
      luckyboxesPut({
        path: { key: box.key },
        body: contentOf(box),
        ...(isNew ? { headers: { 'If-None-Match': '*' } } : {}),
      }),
    onSuccess: async () => {
      await navigate(`/lucky-boxes/${encodeURIComponent(box.key)}`);
      await queries.invalidateQueries();
    },
  });
}

/** Of every field that is there. */
const placesOf = ({ prizes }: BoxDraft) => [
  'key',
  '/name',
  '/currency',
  ...[...prizes.map((_, n) => `/prizes/${n}`), '/fallback'].flatMap((place) =>
    ['name', 'kind', 'amount', 'amount/value', 'amount/currency', 'weight', 'stock'].map(
      (field) => `${place}/${field}`,
    ),
  ),
];

function Form({ begun, isNew }: { begun: BoxDraft; isNew: boolean }) {
  const [box, setBox] = useState(begun);
  const saving = useSaving(box, isNew);
  const { error } = saving;
  const isTaken = error instanceof CallFailed && error.kind === 'stale';
  const left = isTaken ? null : saidNowhere(error, placesOf(box));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <Stack gap="md">
        <About
          box={box}
          set={setBox}
          isNew={isNew}
          taken={isTaken ? (error.problem?.detail ?? '') : null}
          error={error}
        />
        <Prizes box={box} set={setBox} error={error} />
        {left !== null && <Failure error={left} />}
        <Save box={box} isNew={isNew} pending={saving.isPending} />
      </Stack>
    </form>
  );
}

interface PartProps {
  box: BoxDraft;
  set: (to: BoxDraft) => void;
  error: unknown;
}

function About({ box, set, isNew, taken, error }: PartProps & { isNew: boolean; taken: string | null }) {
  const { t } = useTranslation();
  return (
    <Section title={t('making.aboutBox')} note={t('making.boxNote')}>
      <Group grow align="flex-start" className="section-body">
        <TextInput
          label={t('budgets.key')}
          required
          maxLength={40}
          readOnly={!isNew}
          value={box.key}
          error={taken ?? faultAt(error, 'key')}
          onChange={({ currentTarget }) => set({ ...box, key: currentTarget.value.trim() })}
        />
        <TextInput
          label={t('making.name')}
          required
          maxLength={200}
          value={box.name}
          error={faultAt(error, '/name')}
          onChange={({ currentTarget }) => set({ ...box, name: currentTarget.value })}
        />
        <TextInput
          label={t('making.currency')}
          required
          maxLength={3}
          value={box.currency}
          error={faultAt(error, '/currency')}
          onChange={({ currentTarget }) => set({ ...box, currency: currentTarget.value.trim().toUpperCase() })}
        />
      </Group>
    </Section>
  );
}

function Prizes({ box, set, error }: PartProps) {
  const { t } = useTranslation();
  const shared = { currency: box.currency, weights: sumsOf(box)?.weights ?? null, error };
  const put = (n: number, to: PrizeDraft) =>
    set({ ...box, prizes: box.prizes.map((prize, other) => (other === n ? to : prize)) });
  return (
    <Section title={t('boxes.prizes')} note={t('making.prizesNote')}>
      <Stack gap="sm" className="section-body">
        {box.prizes.map((prize, n) => (
          <PrizeFields
            // prizes have no other key than their places
            key={n}
            {...shared}
            place={`/prizes/${n}`}
            title={t('making.prize', { n: n + 1 })}
            prize={prize}
            change={(to) => put(n, to)}
            {...(box.prizes.length > 1
              ? { remove: () => set({ ...box, prizes: box.prizes.filter((_, other) => other !== n) }) }
              : {})}
          />
        ))}
        {box.prizes.length < PRIZES_MAX && (
          <Group>
            <Button
              variant="default"
              size="xs"
              leftSection={<Icon name="gift" size={16} />}
              onClick={() => set({ ...box, prizes: [...box.prizes, NEW_PRIZE] })}
            >
              {t('making.addPrize')}
            </Button>
          </Group>
        )}
        <PrizeFields
          {...shared}
          place="/fallback"
          title={t('boxes.fallback')}
          prize={box.fallback}
          endless
          change={(fallback) => set({ ...box, fallback })}
        />
      </Stack>
    </Section>
  );
}

function Save({ box, isNew, pending }: { box: BoxDraft; isNew: boolean; pending: boolean }) {
  const { t, i18n } = useTranslation();
  const sums = sumsOf(box);
  const count = Number(sums?.stock ?? 0n);
  return (
    <Group justify="flex-end" gap="md">
      {sums && (
        <Text size="sm" c="dimmed" data-cost={String(sums.cost)}>
          {t('boxes.worst')} {moneyText({ value: String(sums.cost), currency: box.currency }, i18n.language)}
        </Text>
      )}
      <Button type="submit" loading={pending} leftSection={<Icon name="gift" size={16} />}>
        {sums === null ? t('making.box') : t(isNew ? 'making.boxOf' : 'making.boxSave', { count })}
      </Button>
    </Group>
  );
}
