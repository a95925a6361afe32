/**
 * The journey of a run, only looked at, with its people on it. It is large, and loaded once its page is there.
 */
import './canvas.css';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Journey, NodeFigures } from '../client/types.gen.js';
import { Flow } from './flow.js';
import { countsOf } from './graph/figures.js';
import { toGraph } from './graph/graph.js';

const NO_FAULTS = new Map<string, number>();
const nothing = () => undefined;

export default function LiveCanvas({ journey, nodes }: { journey: Journey; nodes: readonly NodeFigures[] }) {
  const { t } = useTranslation();
  const counts = useMemo(() => countsOf(toGraph(journey), nodes), [journey, nodes]);
  return (
    <div className="live-flow">
      <Flow
        journey={journey}
        faults={NO_FAULTS}
        counts={counts}
        selection={null}
        select={nothing}
        label={t('live.canvas')}
      />
    </div>
  );
}
