/**
 * The journey as an outline: every node in the order in which a customer may come to it, with where it leads.
 */
import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Journey } from '../../client/types.gen.js';
import { edgesOf, inOrder } from '../../format/journey.js';

export function JourneyOutline({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  return (
    <ol className="outline">
      {inOrder(journey).map((id) => {
        const node = journey.nodes[id];
        if (!node) return null;
        return (
          <li key={id} id={`node-${id}`}>
            <Badge variant="light" radius="sm" className="node-type">
              {t(`nodes.${node.type}`)}
            </Badge>
            <span className="id">{id}</span>
            <Text span size="sm" c="dimmed">
              {edgesOf(node)
                .map(([edge, to]) => (edge === 'next' ? `→ ${to}` : `${edge} → ${to}`))
                .join(' · ')}
            </Text>
          </li>
        );
      })}
    </ol>
  );
}
