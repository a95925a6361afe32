/**
 * The waves of a run beside each other: who came in, who was sent to, who answered, who was paid, each against who came in.
 */
import { Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RunDetail } from '../../client/types.gen.js';
import { shareText } from '../../format/count.js';
import { Section } from '../../parts/page.js';
import { Count } from '../../parts/values.js';

const FIGURES = ['entered', 'sent', 'responded', 'paid'] as const;

export function Waves({ run: { waves } }: { run: RunDetail }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="waves">
      {waves.map((wave) => (
        <Section key={wave.wave} title={t('first.wave', { n: wave.wave })}>
          <div className="section-body">
            <ol className="funnel" data-wave={wave.wave}>
              {FIGURES.map((figure) => (
                <li key={figure} data-figure={figure} data-count={wave[figure]}>
                  <span>{t(`first.figures.${figure}`)}</span>
                  <Progress
                    value={wave.entered === 0 ? 0 : (wave[figure] / wave.entered) * 100}
                    color={figure === 'paid' ? 'teal' : 'wave'}
                    size="md"
                    aria-label={t(`first.figures.${figure}`)}
                  />
                  <span className="right">
                    <strong>
                      <Count of={wave[figure]} />
                    </strong>{' '}
                    <small>{shareText(wave[figure], wave.entered, i18n.language)}</small>
                  </span>
                </li>
              ))}
            </ol>
          </div>
        </Section>
      ))}
    </div>
  );
}
