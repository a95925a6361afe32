/**
 * The switches that hold payouts back: all of them, those of a campaign, of a kind, or of a provider. Switches of runs and campaigns do not: what has been
 * earned is paid.
 */

import { RESTORATION } from './advisory.js';

/** Of a payout `p`, as SQL. */
export const SCOPES_OF_PAYOUT = `array['restoration', 'payouts', 'payouts/campaign/' || p.campaign, 'payouts/kind/' || p.kind, 'provider/' || p.provider]`;

/** Of a payout `p`, as SQL: some switch holds it back. */
export const IS_SWITCHED_OFF = `exists (select from controls s where s.state <> 'running' and s.scope = any(${SCOPES_OF_PAYOUT}))`;

export const scopesOfPayout = (payout: { campaign: string; kind: string; provider: string }): string[] => [
  ...scopesOfQueue(payout),
  `payouts/campaign/${payout.campaign}`,
  `payouts/kind/${payout.kind}`,
];

/** Those that hold back a whole queue. */
export const scopesOfQueue = ({ provider }: { provider: string }): string[] => [
  RESTORATION,
  'payouts',
  `provider/${provider}`,
];
