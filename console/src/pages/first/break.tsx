/**
 * The fourth step: the provider pays and falls silent for a while. What follows is told from the books as it happens: no payment is doubled, what is lost is
 * asked about, and the day differs by nothing.
 */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.js';
import { demonstrationBreak, demonstrationHeal } from '../../client/sdk.gen.js';
import { Decision } from '../../parts/decision.js';
import { Icon } from '../../parts/icon.js';
import { Count, Moment } from '../../parts/values.js';
import { planAddress } from '../retries/selector.js';
import { isMended, type Shown } from './shown.js';
import { Way } from './way.js';

const SECONDS = 60;

export function Break({ shown }: { shown: Shown }) {
  const { t } = useTranslation();
  const may = useMay();
  const { fault, provider } = shown;
  return (
    <>
      {fault && <Seen fault={fault} provider={provider} />}
      {may('demonstration.break') &&
        (fault && !fault.over ? (
          <Decision
            verb={t('first.break.heal')}
            icon="check"
            quiet
            effect={t('first.break.healEffect', { provider })}
            decide={({ idempotencyKey }) => demonstrationHeal({ headers: { 'Idempotency-Key': idempotencyKey } })}
          />
        ) : (
          <Decision
            verb={t('first.break.verb', { count: SECONDS })}
            icon="alert"
            quiet
            effect={t('first.break.effect', { provider, seconds: SECONDS })}
            decide={({ idempotencyKey }) =>
              demonstrationBreak({
                body: { fault: 'paid_then_silent', seconds: SECONDS },
                headers: { 'Idempotency-Key': idempotencyKey },
              })
            }
          />
        ))}
    </>
  );
}

/** In the order in which it happens; each line leads to where it can be seen. */
function Seen({ fault, provider }: { fault: NonNullable<Shown['fault']>; provider: string }) {
  const { t } = useTranslation();
  const ambiguous = { state: 'ambiguous', provider };
  const known = fault.over && fault.ambiguous === 0;
  return (
    <ul className="seen" aria-live="polite">
      <Line done={fault.over} name="silent">
        {t(fault.over ? 'first.break.wellSince' : 'first.break.silentUntil')} <Moment at={fault.until} />
      </Line>
      <Line done={fault.lost > 0} name="lost" count={fault.lost}>
        {t('first.break.lost', { count: fault.lost })}
        {fault.ambiguous > 0 && (
          <>
            {' · '}
            <Way to={`/payouts?${new URLSearchParams(ambiguous).toString()}`}>
              {t('first.break.ambiguous', { count: fault.ambiguous })}
            </Way>
          </>
        )}
      </Line>
      <Line done={fault.doubled === 0} name="doubled" count={fault.doubled}>
        {t('first.break.doubled')} <Count of={fault.doubled} />
      </Line>
      <Line done={known} name="known">
        {t(known ? 'first.break.known' : 'first.break.mend')}
        {!known && (
          <div className="ways">
            <Way to="/attention">{t('places.attention')}</Way>
            <Way to={planAddress({ what: 'payouts', ...ambiguous })}>{t('first.break.retry')}</Way>
          </div>
        )}
      </Line>
      <Line done={isMended(fault)} name="matched">
        {fault.matched ? (
          <>
            {t('first.break.matched', { count: fault.matched.payments })} <Count of={fault.matched.differences} />{' '}
          </>
        ) : (
          <>{t(fault.underWay > 0 ? 'first.break.underWay' : 'first.break.match', { count: fault.underWay })} </>
        )}
        {known && fault.underWay === 0 && (
          <Way to={`/settlements?provider=${encodeURIComponent(provider)}`}>{t('places.settlements')}</Way>
        )}
      </Line>
    </ul>
  );
}

function Line(props: { done: boolean; name: string; count?: number; children: ReactNode }) {
  return (
    <li data-seen={props.name} data-done={props.done} data-count={props.count}>
      <Icon name={props.done ? 'check' : 'clock'} size={16} />
      <Text size="sm" component="div">
        {props.children}
      </Text>
    </li>
  );
}
