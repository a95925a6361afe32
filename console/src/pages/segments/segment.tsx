/**
 * A segment, new or existing. Its editor is large, and loaded when it is gone to.
 */
import { lazy, Suspense } from 'react';
import { useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { segmentsFind } from '../../client/sdk.gen.js';
import { Loaded } from '../../parts/loaded.js';
import { Coming } from '../other.js';

const Editor = lazy(() => import('../../segments/editor.js'));

export function Component() {
  const { key } = useParams();
  const segment = useRead(['segments', key], (signal) => segmentsFind({ path: { key: key ?? '' }, signal }), {
    everyMs: CALM_MS,
    enabled: key !== undefined,
  });
  return (
    <Suspense fallback={<Coming />}>
      {key === undefined ? (
        <Editor saved={null} />
      ) : (
        <Loaded query={segment}>{(saved) => <Editor key={key} saved={saved} />}</Loaded>
      )}
    </Suspense>
  );
}
