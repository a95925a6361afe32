/**
 * The canvas of a campaign, new or existing. It is large, and loaded when it is gone to.
 */
import { lazy, Suspense } from 'react';
import { useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { campaignsFind } from '../../client/sdk.gen.js';
import { Loaded } from '../../parts/loaded.js';
import { Coming } from '../other.js';

const Editor = lazy(() => import('../../canvas/editor.js'));

export function Component() {
  const { key } = useParams();
  const campaign = useRead(['campaigns', key], (signal) => campaignsFind({ path: { key: key ?? '' }, signal }), {
    everyMs: CALM_MS,
    enabled: key !== undefined,
  });
  return (
    <Suspense fallback={<Coming />}>
      {key === undefined ? (
        <Editor saved={null} />
      ) : (
        <Loaded query={campaign}>{(saved) => <Editor key={key} saved={saved} />}</Loaded>
      )}
    </Suspense>
  );
}
