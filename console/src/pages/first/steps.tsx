/**
 * The four steps. Whether one is done the API says, from what has happened: whoever comes back, or comes by another browser, goes on where they were.
 */
import { ActionIcon, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.js';
import { Icon } from '../../parts/icon.js';
import { Section } from '../../parts/page.js';
import { Break } from './break.js';
import { isMended, type Shown } from './shown.js';
import { Way } from './way.js';

const STEPS = ['watch', 'change', 'launch', 'break'] as const;
type Step = (typeof STEPS)[number];

export function Steps({ shown, hide }: { shown: Shown; hide: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const campaign = `/campaigns/${encodeURIComponent(shown.campaign)}`;
  const done: Record<Step, boolean> = {
    watch: shown.watched,
    change: shown.changed,
    launch: shown.launched !== null,
    break: isMended(shown.fault),
  };
  const ways: Record<Step, ReactNode> = {
    watch: null,
    change: (
      <>
        {may('campaigns.put') && <Way to={`${campaign}/edit`}>{t('first.change.edit')}</Way>}
        <Way to={campaign}>{t('first.change.count')}</Way>
      </>
    ),
    launch: (
      <>
        {may('gallery.fill') && <Way to="/gallery">{t('first.launch.gallery')}</Way>}
        {shown.launched !== null && (
          <Way to={`/campaigns/${encodeURIComponent(shown.launched)}`}>{t('first.launch.own')}</Way>
        )}
      </>
    ),
    break: <Break shown={shown} />,
  };
  const next = STEPS.find((step) => !done[step]);
  return (
    <Section
      title={t('first.steps', { done: STEPS.filter((step) => done[step]).length, all: STEPS.length })}
      beside={
        <ActionIcon variant="subtle" color="gray" aria-label={t('first.hide')} title={t('first.hide')} onClick={hide}>
          <Icon name="cross" />
        </ActionIcon>
      }
    >
      <ol className="steps">
        {STEPS.map((step, n) => (
          <li key={step} data-step={step} data-done={done[step]} aria-current={step === next ? 'step' : undefined}>
            <span className="step-mark">{done[step] ? <Icon name="check" size={22} /> : n + 1}</span>
            <div className="step-what">
              <Group gap="xs">
                <Text fw={650}>{t(`first.${step}.title`)}</Text>
                {done[step] && (
                  <Text size="xs" c="dimmed">
                    {t('first.done')}
                  </Text>
                )}
              </Group>
              {!done[step] && (
                <Text size="sm" c="dimmed">
                  {t(`first.${step}.what`)}
                </Text>
              )}
              <div className="ways">{ways[step]}</div>
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}
