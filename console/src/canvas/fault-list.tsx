/**
 * Everything that is wrong, as a list; each leads to its node and field.
 */
import { Badge, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Failure } from '../parts/failure.js';
import { Icon } from '../parts/icon.js';
import { Section } from '../parts/page.js';
import type { PlacedFault } from './graph/faults.js';
import { stepsOf } from './graph/pointer.js';
import { useWords } from './fields.js';
import type { Judged } from './use-faults.js';

export function FaultList({ judged, go }: { judged: Judged; go: (fault: PlacedFault) => void }) {
  const { t } = useTranslation();
  const { faults, warnings, failure } = judged;
  return (
    <Section
      title={t('canvas.faults')}
      beside={
        <Badge
          variant="light"
          radius="sm"
          className="state"
          color={faults.length > 0 ? 'red' : 'teal'}
          data-faults={faults.length}
          leftSection={<Icon name={faults.length > 0 ? 'alert' : 'check'} size={14} />}
        >
          {faults.length > 0 ? t('canvas.fault', { count: faults.length }) : t('canvas.noFaults')}
        </Badge>
      }
    >
      {failure !== null && failure !== undefined && <Failure error={failure} />}
      <ul className="plain faults" aria-live="polite">
        {[...faults, ...warnings].map((fault) => (
          <li key={`${fault.pointer} ${fault.detail}`}>
            <One fault={fault} go={go} warns={warnings.includes(fault)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function One({ fault, go, warns }: { fault: PlacedFault; go: (fault: PlacedFault) => void; warns: boolean }) {
  const { t } = useTranslation();
  const words = useWords();
  const place = stepsOf(fault.field).map((step) => words.field(/^\d+$/.test(step) ? Number(step) : step));
  return (
    <button type="button" className="fault" onClick={() => go(fault)}>
      <Group gap={6} wrap="nowrap">
        <span className="fault-icon" data-warns={warns || undefined}>
          <Icon name="alert" size={15} />
        </span>
        <span className="id">{fault.node ?? t('canvas.campaign')}</span>
        <strong>{place.join(' › ')}</strong>
        <Text span size="sm">
          {fault.detail}
        </Text>
      </Group>
    </button>
  );
}
