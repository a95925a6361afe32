/**
 * The pages by their paths. Each comes with its own file, loaded when it is first gone to.
 */
import { createBrowserRouter } from 'react-router';
import { Broken, Coming, NotFound } from './pages/other.js';
import { SignIn } from './pages/sign-in.js';
import { Home, Shell } from './shell/shell.js';
import { addTexts } from './texts/start.js';

const GALLERY = { ko: () => import('./texts/ko/gallery.js'), en: () => import('./texts/en/gallery.js') };

const OPERATIONS = { ko: () => import('./texts/ko/operations.js'), en: () => import('./texts/en/operations.js') };

/** A page with texts of its own, which come with it. */
const withTexts =
  <T,>(texts: Parameters<typeof addTexts>[0], page: () => Promise<T>) =>
  async (): Promise<T> => {
    const [loaded] = await Promise.all([page(), addTexts(texts)]);
    return loaded;
  };

export const ROUTER = createBrowserRouter([
  { path: '/sign-in', Component: SignIn, ErrorBoundary: Broken },
  {
    Component: Shell,
    HydrateFallback: Coming,
    ErrorBoundary: Broken,
    children: [
      { path: '/', Component: Home },
      { path: '/attention', lazy: () => import('./pages/attention/attention.js') },
      { path: '/switches', lazy: () => import('./pages/switches/switches.js') },
      { path: '/retries', lazy: withTexts(OPERATIONS, () => import('./pages/retries/retries.js')) },
      { path: '/retries/:no', lazy: withTexts(OPERATIONS, () => import('./pages/retries/retry.js')) },
      { path: '/queues', lazy: withTexts(OPERATIONS, () => import('./pages/queues/queues.js')) },
      { path: '/events', lazy: withTexts(OPERATIONS, () => import('./pages/events/events.js')) },
      { path: '/builds', lazy: withTexts(OPERATIONS, () => import('./pages/builds/builds.js')) },
      { path: '/restorations', lazy: withTexts(OPERATIONS, () => import('./pages/restorations/restorations.js')) },
      { path: '/campaigns', lazy: () => import('./pages/campaigns/campaigns.js') },
      { path: '/campaigns/:key', lazy: () => import('./pages/campaigns/campaign.js') },
      { path: '/gallery', lazy: withTexts(GALLERY, () => import('./pages/gallery/gallery.js')) },
      { path: '/gallery/:item', lazy: withTexts(GALLERY, () => import('./pages/gallery/fill.js')) },
      { path: '/campaigns/:key/edit', lazy: () => import('./pages/campaigns/edit.js') },
      { path: '/new-campaign', lazy: () => import('./pages/campaigns/edit.js') },
      { path: '/runs', lazy: () => import('./pages/runs/runs.js') },
      { path: '/runs/:run', lazy: () => import('./pages/runs/run.js') },
      { path: '/customers', lazy: () => import('./pages/customers/find.js') },
      { path: '/customers/:id', lazy: () => import('./pages/customers/customer.js') },
      { path: '/payouts', lazy: () => import('./pages/payouts/payouts.js') },
      { path: '/payouts/:key', lazy: () => import('./pages/payouts/payout.js') },
      { path: '/approvals', lazy: withTexts(OPERATIONS, () => import('./pages/approvals/approvals.js')) },
      { path: '/budgets', lazy: () => import('./pages/budgets/budgets.js') },
      { path: '/trial-balance', lazy: () => import('./pages/ledger/trial-balance.js') },
      { path: '/accounts/:key', lazy: () => import('./pages/ledger/account.js') },
      { path: '*', Component: NotFound },
    ],
  },
]);
