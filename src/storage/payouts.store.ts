/**
 * Payouts: what a cohort intends, and every later move.
 */
export { insertIntents, PayoutKeyReused, type IntentOutcome } from './payout-intents.js';
