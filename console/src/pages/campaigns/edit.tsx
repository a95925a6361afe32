/**
 * The canvas of a campaign.
 */
import { lazy } from 'react';
import { campaignsFind } from '../../client/sdk.gen.js';
import { editorPage } from '../editor-page.js';

export const Component = editorPage(
  'campaigns',
  (key, signal) => campaignsFind({ path: { key }, signal }),
  lazy(() => import('../../canvas/editor.js')),
);
