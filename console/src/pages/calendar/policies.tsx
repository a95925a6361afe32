/**
 * The contact policies in force, and what one day came to against each.
 */
import { useTranslation } from 'react-i18next';
import type { CalendarPolicy, CampaignCalendar } from '../../client/types.gen.js';
import { dayText } from '../../format/month.js';
import { Icon } from '../../parts/icon.js';
import { Rows } from '../../parts/list.js';
import { Section } from '../../parts/page.js';
import { Count } from '../../parts/values.js';

export function Policies({ calendar, day }: { calendar: CampaignCalendar; day: string }) {
  const { t, i18n } = useTranslation();
  const own = calendar.days.find((one) => one.day === day);
  if (calendar.policies.length === 0 || !own) return null;
  const rows = calendar.policies.map((policy, n) => ({
    policy,
    ...(own.policies[n] ?? { contacts: 0, people: 0, full: 0 }),
  }));
  const windowText = ({ window }: CalendarPolicy) =>
    window.kind === 'calendar'
      ? t(`calendar.windows.${window.unit}`)
      : t('calendar.windows.rolling', { span: window.span });
  const scopeText = ({ scope }: CalendarPolicy) =>
    scope.kind === 'all' ? t('calendar.scopes.all') : t(`calendar.scopes.${scope.kind}`, { value: scope.value });
  return (
    <Section
      title={t('calendar.policies')}
      note={`${dayText(day, i18n.language)}: ${t('calendar.contactsOf', { made: own.made, reserved: own.reserved })}`}
    >
      <Rows
        rows={rows}
        keyOf={({ policy }) => policy.key}
        label={t('calendar.policies')}
        columns={[
          { name: t('calendar.policy'), of: ({ policy }) => <span className="id">{policy.key}</span> },
          { name: t('calendar.scope'), of: ({ policy }) => scopeText(policy) },
          { name: '', of: ({ policy }) => t('calendar.cap', { count: policy.cap, window: windowText(policy) }) },
          { name: t('calendar.contacts'), right: true, of: ({ contacts }) => <Count of={contacts} /> },
          { name: t('calendar.people'), right: true, of: ({ people }) => <Count of={people} /> },
          {
            name: '',
            of: ({ full }) =>
              full > 0 && (
                <span className="day-full">
                  <Icon name="alert" size={14} /> {t('calendar.full', { count: full })}
                </span>
              ),
          },
        ]}
      />
    </Section>
  );
}
