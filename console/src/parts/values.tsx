/**
 * Single values: moments, amounts, counts, and since when they are known.
 */
import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { countText } from '../format/count.js';
import { moneyText } from '../format/money.js';
import { seoulTime, spanText, utcTime } from '../format/time.js';

/** Seoul's time; UTC for whoever hovers. */
export function Moment({ at }: { at: string | null | undefined }) {
  if (!at) return <span>–</span>;
  return (
    <time dateTime={at} title={utcTime(at)} className="figures nowrap">
      {seoulTime(at)}
    </time>
  );
}

/** How old something was at `now`, both business time; the moment itself for whoever hovers. */
export function Age({ since, now }: { since: string; now: string }) {
  const { i18n } = useTranslation();
  return (
    <time dateTime={since} title={`${seoulTime(since)} KST · ${utcTime(since)}`} className="nowrap">
      {spanText(Date.parse(since), Date.parse(now), i18n.language)}
    </time>
  );
}

export function Amount({ money }: { money: { value: string; currency: string } }) {
  const { i18n } = useTranslation();
  return <span className="figures nowrap">{moneyText(money, i18n.language)}</span>;
}

export function Count({ of }: { of: number | null | undefined }) {
  const { i18n } = useTranslation();
  return <span className="figures">{of === null || of === undefined ? '–' : countText(of, i18n.language)}</span>;
}

/** How long ago what is shown was read. `readAt` is the browser's time in milliseconds, 0 before the first answer. */
export function AsOf({ readAt }: { readAt: number }) {
  const { t, i18n } = useTranslation();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (readAt === 0) return null;
  const agoMs = now - readAt;
  return (
    <Text size="xs" c="dimmed" component="span" className="nowrap screen" data-as-of={readAt}>
      {agoMs < 2_000 ? t('common.asOfNow') : t('common.asOf', { span: spanText(readAt, now, i18n.language) })}
    </Text>
  );
}
