/**
 * What the API says of the text as it is written, asked a moment after the last change: its faults, and how the sample customer would get it.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { templatepreviewsJudge } from '../client/sdk.gen.js';
import type { TemplateJudgement, TemplatePreviewContent } from '../client/types.gen.js';
import { useLater } from '../parts/later.js';
import type { Content } from './use-message.js';

const AFTER_MS = 300;

/** Stands in for what a payout would tell. */
export const SAMPLE_REWARD = {
  amount: { value: '5000', currency: 'KRW' },
  code: 'PADO-1234-5678',
  paidAt: '2026-03-02T10:00:00+09:00',
};

export interface Judged {
  judgement: TemplateJudgement | undefined;
  /** What is shown is about an older text. */
  judging: boolean;
  failure: unknown;
}

export interface Sample {
  /** Empty: nobody. */
  customer: string;
  purpose: 'advertising' | 'information';
}

export function useJudged({ channel, title, body }: Content, { customer, purpose }: Sample): Judged {
  const asked = useMemo(
    (): TemplatePreviewContent => ({
      content: { channel, title: title === '' ? null : title, body },
      purpose,
      ...(customer === '' ? {} : { customer }),
      ...(`${title}${body}`.includes('reward.') ? { reward: SAMPLE_REWARD } : {}),
    }),
    [channel, title, body, customer, purpose],
  );
  const later = useLater(asked, AFTER_MS);
  const { data, isFetching, error } = useQuery({
    queryKey: ['message-judged', later],
    queryFn: ({ signal }) => templatepreviewsJudge({ body: later, signal }),
    enabled: later.content.body !== '',
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
    retry: false,
  });
  return {
    judgement: body === '' || error ? undefined : data,
    judging: isFetching || later !== asked,
    failure: body === '' ? null : error,
  };
}
