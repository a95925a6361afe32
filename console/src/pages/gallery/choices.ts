/**
 * What may be chosen for a blank: what the installation has, and names that customers and events have been seen with.
 */
import { useRead } from '../../api/lists.js';
import { useMay } from '../../api/session.js';
import type { GalleryBlank } from '../../client/types.gen.js';
import { budgetsList, ratesList, segmentfieldsFields, segmentsList } from '../../client/sdk.gen.js';

export type Choices = Readonly<
  Record<'segment' | 'budget' | 'provider' | 'gateway' | 'event' | 'attribute', readonly string[]>
> & {
  /** Some are still being asked for. */
  pending: boolean;
};

/** Keeps what is sent: of every installation, and nobody's first choice. */
const CAPTURE = 'capture';
const FIRST = { limit: 200 };
const namesOf = (items: readonly { name: string }[] | undefined) => items?.map(({ name }) => name) ?? [];
const keysOf = (items: readonly { key: string }[] | undefined) => items?.map(({ key }) => key) ?? [];

export function useChoices(): Choices {
  const may = useMay();
  const rates = useRead(['rates'], (signal) => ratesList({ signal }), { enabled: may('rates.list') });
  const fields = useRead(['segment-fields'], (signal) => segmentfieldsFields({ signal }), {
    enabled: may('segmentfields.fields'),
  });
  const segments = useRead(['names', 'segments'], (signal) => segmentsList({ query: FIRST, signal }), {
    enabled: may('segments.list'),
  });
  const budgets = useRead(['names', 'budgets'], (signal) => budgetsList({ query: FIRST, signal }), {
    enabled: may('budgets.list'),
  });
  const systems = (kind: 'gateway' | 'provider') =>
    (rates.data?.items ?? []).flatMap(({ system }) => {
      const [of, name] = system.split('/');
      return of === kind && name !== undefined ? [name] : [];
    });
  return {
    pending: [rates, fields, segments, budgets].some(({ isLoading }) => isLoading),
    segment: keysOf(segments.data?.items),
    budget: keysOf(budgets.data?.items.filter(({ closedAt }) => closedAt === null)),
    provider: systems('provider'),
    gateway: [...systems('gateway'), CAPTURE],
    event: namesOf(fields.data?.seen.events),
    attribute: namesOf(fields.data?.seen.attributes),
  };
}

/** Of what an installation has one of, that one; else nothing is chosen for anybody, and never whom it is sent to. */
export function theOnly(kind: GalleryBlank['kind'], choices: Choices): string {
  if (kind !== 'budget' && kind !== 'provider' && kind !== 'gateway') return '';
  const own = choices[kind].filter((name) => name !== CAPTURE);
  return own.length === 1 ? (own[0] ?? '') : '';
}
