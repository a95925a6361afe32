/**
 * Every signal, by name. A nudge is a hint, sent after a commit: whoever receives it looks again; losing it loses nothing (the
 * sweep looks too).
 */
import { defineSignal } from '@temporalio/workflow';

export const nudged = defineSignal('nudged');
