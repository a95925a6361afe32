/**
 * How the room of a claim is shared: among all that have something waiting alike, so that none stands behind another, however large.
 */

/** `of` is whose it is; the rest places an item in the order of what that one has waiting. */
export interface Place {
  of: string;
}

/** Up to `each` of one and up to `all` of all, from these places on, in their order. */
export interface Share<P extends Place> {
  from: P[];
  reach: 'itself and later' | 'later';
  each: number;
  all: number;
}

/**
 * Up to `limit`, from the first of each on: in equal shares; what some leave, those get that have more. `first`: as many as there are, those who come first
 * where there are more than `limit`. Asks `take` twice at most.
 */
export async function inEqualShares<P extends Place>(
  first: P[],
  limit: number,
  take: (share: Share<P>) => Promise<P[]>,
): Promise<P[]> {
  if (first.length === 0) return [];
  const share = Math.max(1, Math.floor(limit / first.length));
  const shares = await take({ from: first, reach: 'itself and later', each: share, all: limit });
  const left = limit - shares.length;
  const lasts = lastsOf(shares, share);
  if (left === 0 || lasts.length === 0) return shares;
  return [...shares, ...(await take({ from: lasts, reach: 'later', each: Math.ceil(left / lasts.length), all: left }))];
}

/** The last of each that had all of its share, and so may have more. */
function lastsOf<P extends Place>(shares: readonly P[], share: number): P[] {
  const byOwner = Map.groupBy(shares, ({ of }) => of);
  return [...byOwner.values()].filter(({ length }) => length === share).map((places) => places.at(-1) as P);
}

/** The order of `heads h`, as SQL: drawn anew by what is first of each where there are more than `limit`, else the oldest first. */
export const drawnBeyond = (limit: string, { by, first }: { by: string; first: string }): string =>
  `case when count(*) over () > ${limit} then hashtextextended(${by}, (select hashtextextended(string_agg(h.${first}, ' ' order by h.${first}), 0) from heads h)) end`;
