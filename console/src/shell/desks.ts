/**
 * The desks and their pages. A page is shown to whoever may make the call that it lives on.
 */
import type { Desk, Operation } from '../api/access.js';
import type { IconName } from '../parts/icon.js';

export interface Place {
  to: string;
  text:
    | 'campaigns'
    | 'gallery'
    | 'segments'
    | 'messages'
    | 'runs'
    | 'calendar'
    | 'customers'
    | 'payouts'
    | 'approvals'
    | 'budgets'
    | 'trialBalance'
    | 'attention'
    | 'switches'
    | 'retries'
    | 'queues'
    | 'events'
    | 'builds'
    | 'restorations'
    | 'settlements'
    | 'breaks'
    | 'months'
    | 'reports'
    | 'luckyBoxes'
    | 'exports'
    | 'auditLog';
  icon: IconName;
  needs: Operation;
}

/** Of more than one desk. */
const CUSTOMERS: Place = { to: '/customers', text: 'customers', icon: 'person', needs: 'customerstory.find' };

export const DESKS: Record<Desk, readonly Place[]> = {
  operator: [
    { to: '/attention', text: 'attention', icon: 'alert', needs: 'attention.list' },
    { to: '/switches', text: 'switches', icon: 'switches', needs: 'controls.change' },
    { to: '/retries', text: 'retries', icon: 'refresh', needs: 'retries.list' },
    { to: '/queues', text: 'queues', icon: 'send', needs: 'rates.list' },
    { to: '/events', text: 'events', icon: 'inbox', needs: 'eventlog.list' },
    CUSTOMERS,
    { to: '/builds', text: 'builds', icon: 'flag', needs: 'deployment.find' },
    { to: '/restorations', text: 'restorations', icon: 'undo', needs: 'restorations.list' },
  ],
  marketer: [
    { to: '/campaigns', text: 'campaigns', icon: 'megaphone', needs: 'campaigns.list' },
    { to: '/gallery', text: 'gallery', icon: 'book', needs: 'gallery.list' },
    { to: '/segments', text: 'segments', icon: 'filter', needs: 'segments.list' },
    { to: '/messages', text: 'messages', icon: 'send', needs: 'templates.list' },
    { to: '/lucky-boxes', text: 'luckyBoxes', icon: 'gift', needs: 'luckyboxes.put' },
    { to: '/runs', text: 'runs', icon: 'play', needs: 'runs.list' },
    { to: '/calendar', text: 'calendar', icon: 'clock', needs: 'calendar.find' },
    CUSTOMERS,
  ],
  finance: [
    { to: '/approvals', text: 'approvals', icon: 'approve', needs: 'payoutreleases.approve' },
    { to: '/payouts', text: 'payouts', icon: 'coins', needs: 'payouts.list' },
    { to: '/settlements', text: 'settlements', icon: 'upload', needs: 'settlements.listDays' },
    { to: '/breaks', text: 'breaks', icon: 'inbox', needs: 'settlementbreaks.list' },
    { to: '/budgets', text: 'budgets', icon: 'wallet', needs: 'budgets.list' },
    { to: '/trial-balance', text: 'trialBalance', icon: 'scale', needs: 'ledger.trialBalance' },
    { to: '/months', text: 'months', icon: 'book', needs: 'periods.list' },
    { to: '/reports', text: 'reports', icon: 'chart', needs: 'reports.payouts' },
    { to: '/lucky-boxes', text: 'luckyBoxes', icon: 'gift', needs: 'luckyboxes.close' },
    { to: '/exports', text: 'exports', icon: 'download', needs: 'exports.list' },
    { to: '/audit-log', text: 'auditLog', icon: 'search', needs: 'auditlog.list' },
  ],
};

/** The desks with those of their pages that may be gone to; a page that two desks have stands on the first. */
export function placesOf(desks: readonly Desk[], may: (operation: Operation) => boolean): [Desk, Place[]][] {
  const seen = new Set<string>();
  return desks.map((desk) => {
    const places = DESKS[desk].filter(({ to, needs }) => may(needs) && !seen.has(to));
    for (const { to } of places) seen.add(to);
    return [desk, places];
  });
}
