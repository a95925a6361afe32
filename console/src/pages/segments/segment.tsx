/**
 * A segment, its rule and what it selects.
 */
import { lazy } from 'react';
import { segmentsFind } from '../../client/sdk.gen.js';
import { editorPage } from '../editor-page.js';

export const Component = editorPage(
  'segments',
  (key, signal) => segmentsFind({ path: { key }, signal }),
  lazy(() => import('../../segments/editor.js')),
);
