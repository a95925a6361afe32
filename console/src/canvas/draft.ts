/**
 * What is edited and not saved, kept in this browser: by campaign, with the revision that it began from, so that nothing newer is overwritten.
 */
import type { Campaign } from '../client/types.gen.js';
import { forget, keep, readKept } from '../parts/kept.js';
import { isDrawable } from './graph/shape.js';
import { isObject } from './graph/pointer.js';

export interface KeptDraft {
  campaign: Campaign;
  /** Null: a campaign that was never saved. */
  revision: number | null;
  /** As YAML with its comments, where it was written so. */
  text: string | null;
  /** ISO 8601. */
  at: string;
}

const nameOf = (key: string | null) => `canvas.${key ?? ''}`;

export function readDraft(key: string | null): KeptDraft | null {
  const kept = readKept(nameOf(key));
  if (!isObject(kept) || !isDrawable(kept['campaign'])) return null;
  const { campaign, revision, text, at } = kept;
  return {
    campaign,
    revision: typeof revision === 'number' ? revision : null,
    text: typeof text === 'string' ? text : null,
    at: typeof at === 'string' ? at : new Date(0).toISOString(),
  };
}

/** Whether the browser kept it. */
export const keepDraft = (key: string | null, draft: KeptDraft): boolean => keep(nameOf(key), draft);

export const forgetDraft = (key: string | null): void => forget(nameOf(key));
