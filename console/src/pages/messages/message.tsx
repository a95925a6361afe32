/**
 * One template of a message.
 */
import { lazy } from 'react';
import { templatesFind } from '../../client/sdk.gen.js';
import { editorPage } from '../editor-page.js';

export const Component = editorPage(
  'templates',
  (key, signal) => templatesFind({ path: { key }, signal }),
  lazy(() => import('../../messages/editor.js')),
);
