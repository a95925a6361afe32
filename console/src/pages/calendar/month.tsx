/**
 * The page of a month: a table of weeks, in each day its contacts and its first campaigns.
 */
import { Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CalendarDay, CalendarSend, CampaignCalendar } from '../../client/types.gen.js';
import { countText } from '../../format/count.js';
import { dayText, monthText, weekdayNames, weeksOf } from '../../format/month.js';
import { Icon } from '../../parts/icon.js';

/** Campaigns that a day has room for. */
const NAMED_MAX = 3;
const ICONS = { run: 'play', start: 'clock', draft: 'draft' } as const;

interface MonthProps {
  calendar: CampaignCalendar;
  month: string;
  today: string;
  chosen: string;
  choose: (day: string) => void;
}

export function Month({ calendar, month, today, chosen, choose }: MonthProps) {
  const { i18n } = useTranslation();
  const days = new Map(calendar.days.map((day) => [day.day, day]));
  const sends = Map.groupBy(calendar.sends, ({ day }) => day);
  const most = Math.max(1, ...calendar.days.map(({ made, reserved, plannedMax }) => made + reserved + plannedMax));
  return (
    <div className="month-frame section" tabIndex={0} role="region" aria-label={monthText(month, i18n.language)}>
      <table className="month">
        <thead>
          <tr>
            {weekdayNames(i18n.language).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month).map((week) => (
            <tr key={week.join()}>
              {week.map((day, n) => {
                const own = day === null ? undefined : days.get(day);
                if (!own) return <td key={day ?? n} className="elsewhere" />;
                return (
                  <td
                    key={own.day}
                    data-day={own.day}
                    data-today={own.day === today || undefined}
                    data-chosen={own.day === chosen || undefined}
                  >
                    <Day
                      day={own}
                      sends={sends.get(own.day) ?? []}
                      most={most}
                      chosen={own.day === chosen}
                      choose={choose}
                    />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface DayProps {
  day: CalendarDay;
  sends: readonly CalendarSend[];
  most: number;
  chosen: boolean;
  choose: (day: string) => void;
}

function Day({ day, sends, most, chosen, choose }: DayProps) {
  const { t, i18n } = useTranslation();
  const count = (of: number) => countText(of, i18n.language);
  const made = day.made + day.reserved;
  const full = Math.max(0, ...day.policies.map((policy) => policy.full));
  // a campaign that sends twice on a day is named once
  const named = [...new Map(sends.map((send) => [send.campaign, send])).values()];
  return (
    <>
      <UnstyledButton className="day-number" aria-pressed={chosen} onClick={() => choose(day.day)}>
        {Number(day.day.slice(8))}
        <span className="unseen">{dayText(day.day, i18n.language)}</span>
      </UnstyledButton>
      {made + day.plannedMax > 0 && (
        <div className="day-contacts">
          <span className="day-bar" aria-hidden="true">
            <span className="is-made" style={{ width: `${(made / most) * 100}%` }} />
            <span className="is-planned" style={{ width: `${(day.plannedMax / most) * 100}%` }} />
          </span>
          {made > 0 && (
            <span>
              {t('calendar.contacts')} <b>{count(made)}</b>
            </span>
          )}
          {day.plannedMax > 0 && (
            <span className="is-estimate">
              {t('calendar.planned')} ≤ {count(day.plannedMax)}
            </span>
          )}
        </div>
      )}
      {full > 0 && (
        <span className="day-full">
          <Icon name="alert" size={12} /> {t('calendar.full', { count: full })}
        </span>
      )}
      <ul>
        {named.slice(0, NAMED_MAX).map(({ campaign, name, kind }) => (
          <li key={campaign} title={`${name} · ${t(`calendar.kinds.${kind}`)}`} data-kind={kind}>
            <Icon name={ICONS[kind]} size={12} />
            <span className="day-name">{name}</span>
            <span className="unseen">{t(`calendar.kinds.${kind}`)}</span>
          </li>
        ))}
        {named.length > NAMED_MAX && (
          <li>
            <Text span size="xs" c="dimmed">
              {t('calendar.moreSends', { count: named.length - NAMED_MAX })}
            </Text>
          </li>
        )}
      </ul>
    </>
  );
}
