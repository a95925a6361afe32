/**
 * One template of a message, new or existing. Its editor is large, and loaded when it is gone to.
 */
import { lazy, Suspense } from 'react';
import { useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { templatesFind } from '../../client/sdk.gen.js';
import { Loaded } from '../../parts/loaded.js';
import { Coming } from '../other.js';

const Editor = lazy(() => import('../../messages/editor.js'));

export function Component() {
  const { key } = useParams();
  const template = useRead(['templates', key], (signal) => templatesFind({ path: { key: key ?? '' }, signal }), {
    everyMs: CALM_MS,
    enabled: key !== undefined,
  });
  return (
    <Suspense fallback={<Coming />}>
      {key === undefined ? (
        <Editor saved={null} />
      ) : (
        <Loaded query={template}>{(saved) => <Editor key={key} saved={saved} />}</Loaded>
      )}
    </Suspense>
  );
}
