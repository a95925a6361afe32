/**
 * Rows of which most have the same values and differ in whose they are: what is alike is written once, as a kind, and each row names its kind. A
 * statement joins the two again, `json_to_recordset($1::json) as r(k int, …) join json_to_recordset($2::json) as x(k int, …) using (k)`.
 */
export interface Alike<Kind, Row> {
  kinds: (Kind & { k: number })[];
  rows: (Row & { k: number })[];
}

/** In the order of the items. `kindOf`: what is alike, without what differs; of values that JSON keeps. */
export function alike<T, Kind extends object, Row extends object>(
  items: readonly T[],
  kindOf: (item: T) => Kind,
  rowOf: (item: T) => Row,
): Alike<Kind, Row> {
  const numbers = new Map<string, number>();
  const kinds: (Kind & { k: number })[] = [];
  const rows = items.map((item) => {
    const kind = kindOf(item);
    const text = JSON.stringify(kind);
    let k = numbers.get(text);
    if (k === undefined) {
      k = kinds.push({ k: kinds.length, ...kind }) - 1;
      numbers.set(text, k);
    }
    return { k, ...rowOf(item) };
  });
  return { kinds, rows };
}
