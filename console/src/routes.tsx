/**
 * The pages by their paths. Each comes with its own file, loaded when it is first gone to.
 */
import { createBrowserRouter } from 'react-router';
import { Broken, Coming, NotFound } from './pages/other.js';
import { SignIn } from './pages/sign-in.js';
import { Shell } from './shell/shell.js';
import { withTexts } from './texts/parts.js';

export const ROUTER = createBrowserRouter([
  { path: '/sign-in', Component: SignIn, ErrorBoundary: Broken },
  {
    Component: Shell,
    HydrateFallback: Coming,
    ErrorBoundary: Broken,
    children: [
      { path: '/', lazy: withTexts(['first'], () => import('./pages/first/first.js')) },
      { path: '/attention', lazy: () => import('./pages/attention/attention.js') },
      { path: '/switches', lazy: () => import('./pages/switches/switches.js') },
      { path: '/retries', lazy: withTexts(['operations'], () => import('./pages/retries/retries.js')) },
      { path: '/retries/:no', lazy: withTexts(['operations'], () => import('./pages/retries/retry.js')) },
      { path: '/queues', lazy: withTexts(['operations'], () => import('./pages/queues/queues.js')) },
      { path: '/events', lazy: withTexts(['operations'], () => import('./pages/events/events.js')) },
      { path: '/builds', lazy: withTexts(['operations'], () => import('./pages/builds/builds.js')) },
      { path: '/restorations', lazy: withTexts(['operations'], () => import('./pages/restorations/restorations.js')) },
      { path: '/campaigns', lazy: () => import('./pages/campaigns/campaigns.js') },
      { path: '/campaigns/:key', lazy: withTexts(['segments'], () => import('./pages/campaigns/campaign.js')) },
      { path: '/gallery', lazy: withTexts(['gallery'], () => import('./pages/gallery/gallery.js')) },
      { path: '/gallery/:item', lazy: withTexts(['gallery'], () => import('./pages/gallery/fill.js')) },
      { path: '/campaigns/:key/edit', lazy: withTexts(['canvas'], () => import('./pages/campaigns/edit.js')) },
      { path: '/new-campaign', lazy: withTexts(['canvas'], () => import('./pages/campaigns/edit.js')) },
      { path: '/segments', lazy: withTexts(['segments'], () => import('./pages/segments/segments.js')) },
      { path: '/segments/:key', lazy: withTexts(['segments'], () => import('./pages/segments/segment.js')) },
      { path: '/new-segment', lazy: withTexts(['segments'], () => import('./pages/segments/segment.js')) },
      { path: '/segment-upload', lazy: withTexts(['segments'], () => import('./pages/segments/upload.js')) },
      { path: '/messages', lazy: withTexts(['messages'], () => import('./pages/messages/messages.js')) },
      { path: '/messages/:key', lazy: withTexts(['messages'], () => import('./pages/messages/message.js')) },
      { path: '/new-message', lazy: withTexts(['messages'], () => import('./pages/messages/message.js')) },
      { path: '/calendar', lazy: withTexts(['calendar'], () => import('./pages/calendar/calendar.js')) },
      { path: '/runs', lazy: () => import('./pages/runs/runs.js') },
      { path: '/runs/:run', lazy: withTexts(['live'], () => import('./pages/runs/run.js')) },
      { path: '/customers', lazy: withTexts(['making'], () => import('./pages/customers/find.js')) },
      {
        path: '/customer-upload',
        lazy: withTexts(['segments', 'making'], () => import('./pages/customers/upload.js')),
      },
      { path: '/customers/:id', lazy: withTexts(['finance'], () => import('./pages/customers/customer.js')) },
      { path: '/payouts', lazy: withTexts(['finance'], () => import('./pages/payouts/payouts.js')) },
      { path: '/payouts/:key', lazy: withTexts(['finance', 'books'], () => import('./pages/payouts/payout.js')) },
      {
        path: '/approvals',
        lazy: withTexts(['finance', 'operations'], () => import('./pages/approvals/approvals.js')),
      },
      { path: '/budgets', lazy: withTexts(['finance', 'making'], () => import('./pages/budgets/budgets.js')) },
      { path: '/new-budget', lazy: withTexts(['finance', 'making'], () => import('./pages/budgets/make.js')) },
      { path: '/trial-balance', lazy: withTexts(['finance'], () => import('./pages/ledger/trial-balance.js')) },
      { path: '/accounts/:key', lazy: withTexts(['finance'], () => import('./pages/ledger/account.js')) },
      { path: '/settlements', lazy: withTexts(['finance', 'books'], () => import('./pages/settlements/days.js')) },
      { path: '/breaks', lazy: withTexts(['finance', 'books'], () => import('./pages/settlements/breaks.js')) },
      { path: '/breaks/:id', lazy: withTexts(['finance', 'books'], () => import('./pages/settlements/break.js')) },
      { path: '/months', lazy: withTexts(['finance', 'books'], () => import('./pages/books/months.js')) },
      { path: '/exports', lazy: withTexts(['finance', 'books'], () => import('./pages/books/exports.js')) },
      { path: '/audit-log', lazy: withTexts(['finance', 'books'], () => import('./pages/books/audit-log.js')) },
      { path: '/reports', lazy: withTexts(['finance', 'books'], () => import('./pages/reports/reports.js')) },
      { path: '/owed', lazy: withTexts(['finance', 'books'], () => import('./pages/reports/owed.js')) },
      { path: '/lucky-boxes', lazy: withTexts(['finance', 'books', 'making'], () => import('./pages/boxes/boxes.js')) },
      {
        path: '/lucky-boxes/:key',
        lazy: withTexts(['finance', 'books', 'making'], () => import('./pages/boxes/box.js')),
      },
      {
        path: '/lucky-boxes/:key/edit',
        lazy: withTexts(['finance', 'books', 'making'], () => import('./pages/boxes/make.js')),
      },
      {
        path: '/new-lucky-box',
        lazy: withTexts(['finance', 'books', 'making'], () => import('./pages/boxes/make.js')),
      },
      { path: '*', Component: NotFound },
    ],
  },
]);
