/**
 * What is edited and not saved, kept in this browser: by campaign, with the revision that it began from, so that nothing newer is overwritten.
 */
import type { Campaign } from '../client/types.gen.js';
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

const nameOf = (key: string | null) => `pado.canvas.${key ?? ''}`;

export function readDraft(key: string | null): KeptDraft | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(nameOf(key)) ?? 'null');
    if (!isObject(kept) || !isDrawable(kept['campaign'])) return null;
    const { campaign, revision, text, at } = kept;
    return {
      campaign,
      revision: typeof revision === 'number' ? revision : null,
      text: typeof text === 'string' ? text : null,
      at: typeof at === 'string' ? at : new Date(0).toISOString(),
    };
  } catch {
    return null;
  }
}

/** Whether the browser kept it. */
export function keepDraft(key: string | null, draft: KeptDraft): boolean {
  try {
    localStorage.setItem(nameOf(key), JSON.stringify(draft));
    return true;
  } catch {
    // no room, or storage is off
    return false;
  }
}

export function forgetDraft(key: string | null): void {
  try {
    localStorage.removeItem(nameOf(key));
  } catch {
    // storage is off: nothing was kept
  }
}
