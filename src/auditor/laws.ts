/**
 * The ten laws (design, section 2), each with its checks.
 */
import { ambiguous } from './ambiguous.js';
import { businessTime } from './business-time.js';
import { contactCap } from './contact-cap.js';
import { gatedHandOvers } from './gated-hand-overs.js';
import { ledger } from './ledger.js';
import { nothingForgotten } from './nothing-forgotten.js';
import { oneMessage } from './one-message.js';
import { payoutsOnce } from './payouts-once.js';
import { tracedReasons } from './traced-reasons.js';
import { twoSums } from './two-sums.js';
import type { Law } from './check.js';

export const LAWS: readonly Law[] = [
  payoutsOnce,
  oneMessage,
  ledger,
  twoSums,
  contactCap,
  gatedHandOvers,
  tracedReasons,
  nothingForgotten,
  businessTime,
  ambiguous,
];
