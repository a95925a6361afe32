/**
 * The text as a sample customer would get it, and why they would not.
 */
import { Alert, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFilters } from '../api/lists.js';
import { CallFailed } from '../api/problem.js';
import type { TemplateFields } from '../client/types.gen.js';
import { Failure } from '../parts/failure.js';
import { Icon } from '../parts/icon.js';
import { Empty, Section } from '../parts/page.js';
import { MockUp } from './mock-up.js';
import { Size } from './size.js';
import { SAMPLE_REWARD, type Judged, type Sample } from './use-judged.js';
import type { Content } from './use-message.js';

interface SeenProps {
  content: Content;
  judged: Judged;
  sample: Sample;
  fields: TemplateFields;
  disabled: boolean;
  change: (to: Partial<Content>) => void;
}

export function Seen({ content, judged, sample, fields, disabled, change }: SeenProps) {
  const { t } = useTranslation();
  const { channel } = content;
  const { judgement, failure, judging } = judged;
  const unknown = failure instanceof CallFailed && failure.kind === 'not_found';
  return (
    <Section title={t('messages.seen.title')}>
      <Stack gap="md" className="section-body" data-judging={judging}>
        <Whose sample={sample} error={unknown ? t('messages.seen.nobody') : null} />
        {failure !== null && failure !== undefined && !unknown && <Failure error={failure} />}
        {judgement && judgement.reason !== null && (
          <Alert
            color="orange"
            variant="light"
            icon={<Icon name="alert" />}
            role="status"
            data-reason={judgement.reason}
          >
            {t(`messages.reasons.${judgement.reason}` as 'messages.reasons.failed')}
          </Alert>
        )}
        {judgement?.size && (
          <Size
            size={judgement.size}
            channel={channel}
            channels={fields.channels}
            least={judgement.body === null}
            disabled={disabled}
            become={(to) => change({ channel: to })}
          />
        )}
        {judgement && judgement.body !== null && (
          <MockUp channel={channel} title={judgement.title} body={judgement.body} mail={judgement.mail} />
        )}
        {sample.customer !== '' && judgement && judgement.body === null && judgement.reason === null && (
          <Text size="sm" c="dimmed">
            {t('messages.test.faulty')}
          </Text>
        )}
        {sample.customer === '' && <Empty icon="person" title={t('messages.seen.choose')} />}
        {sample.purpose === 'advertising' && <Marks fields={fields} />}
        {judgement?.variables.some((name) => name.startsWith('reward.')) && (
          <Text size="xs" c="dimmed">
            {t('messages.seen.reward', { amount: SAMPLE_REWARD.amount.value, code: SAMPLE_REWARD.code })}
          </Text>
        )}
      </Stack>
    </Section>
  );
}

function Whose({ sample, error }: { sample: Sample; error: string | null }) {
  const { t } = useTranslation();
  const filters = useFilters();
  const [typed, setTyped] = useState(sample.customer);
  return (
    <div className="whose">
      <TextInput
        label={t('messages.seen.customer')}
        leftSection={<Icon name="person" size={16} />}
        value={typed}
        error={error}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value);
          filters.set('customer', currentTarget.value.trim());
        }}
      />
      <NativeSelect
        label={t('campaigns.purpose')}
        data={(['information', 'advertising'] as const).map((value) => ({
          value,
          label: t(`campaigns.purposes.${value}`),
        }))}
        value={sample.purpose}
        onChange={({ currentTarget }) =>
          filters.set('purpose', currentTarget.value === 'advertising' ? 'advertising' : null)
        }
      />
    </div>
  );
}

function Marks({ fields: { marks } }: { fields: TemplateFields }) {
  const { t } = useTranslation();
  return (
    <Text size="xs" c="dimmed">
      {marks === null ? t('messages.seen.noMarks') : t('messages.seen.marks', { lead: marks.lead })}
    </Text>
  );
}
