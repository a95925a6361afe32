/**
 * The files of a lake as the two views that rules are asked of: customers with a column per field, events with a column per property, each
 * of one type by total casts (a value of another type is none). Names come from the installation's configuration alone.
 */
import { exactColumn, propertyColumn, quoted } from '../domain/segment/duckdb-dialect.js';
import type { EventFiles, LakeType, SourceConfig } from '../domain/segment/source.js';

/** The columns of a file with DuckDB's names of their types. */
export type Columns = ReadonlyMap<string, string>;

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Beyond it a number is none in a sum: so that no sum of a lake overflows. */
const EXACT_MAX = '100000000000000000';
const EXACT = 'decimal(38, 10)';

/** What is read of a path; a CSV as text, so that an id keeps its zeros. */
export function scan(folder: string, files: string): string {
  const path = literal(`${folder.replace(/\/+$/, '')}/${files}`);
  return files.endsWith('.parquet')
    ? `read_parquet(${path}, union_by_name = true, hive_partitioning = false)`
    : `read_csv(${path}, header = true, all_varchar = true, union_by_name = true, hive_partitioning = false)`;
}

/** Of several rows of an id the greatest value of each column counts, so that there is one customer. */
export function customersView({ folder, customers }: SourceConfig, columns: Columns): string {
  const fields = Object.entries(customers.fields).map(
    ([name, { column, type }]) => `max(${typed(column, type, columns)}) as ${quoted(name)}`,
  );
  const id = textOf(customers.id, columns);
  return `create view customers as select ${[`${id} as id`, ...fields].join(', ')}
    from ${scan(folder, customers.files)} where ${id} is not null group by 1`;
}

/** `properties`: those of all files, by type. */
export function eventsView(
  folder: string,
  tables: readonly { files: EventFiles; columns: Columns }[],
  properties: ReadonlyMap<string, LakeType>,
): string {
  const parts = tables.map(({ files, columns }) => eventsOf(folder, files, columns, properties));
  const none = `select null::varchar as customer_id, ''::varchar as message_id, ''::varchar as name, null::bigint as occurred_at
    ${[...properties].map(([name, type]) => `, null::${DUCKDB[type]} as ${propertyColumn(name)}`).join('')} where false`;
  return `create view events as ${parts.length > 0 ? parts.join(' union all by name ') : none}`;
}

const DUCKDB: Record<LakeType, string> = { text: 'varchar', number: 'double', boolean: 'boolean' };

function eventsOf(folder: string, files: EventFiles, columns: Columns, all: ReadonlyMap<string, LakeType>): string {
  const properties = [...all].flatMap(([name, type]) => {
    const own = files.properties[name];
    const value = own ? typed(own.column, type, columns) : `null::${DUCKDB[type]}`;
    if (type !== 'number') return [`${value} as ${propertyColumn(name)}`];
    const exact = own ? exactNumber(own.column, columns) : `null::${EXACT}`;
    return [`${value} as ${propertyColumn(name)}`, `${exact} as ${exactColumn(name)}`];
  });
  const name = typeof files.event === 'string' ? literal(files.event) : textOf(files.event.column, columns);
  const order = files.id === undefined ? rowText(files, columns) : textOf(files.id, columns);
  return `select ${textOf(files.customer, columns)} as customer_id, ${order} as message_id, ${name}::varchar as name,
    ${instant(files, columns)} as occurred_at${properties.map((one) => `, ${one}`).join('')}
    from ${scan(folder, files.files)}`;
}

/** Events of one instant without an id are ordered by what they say: the same each time. */
function rowText({ properties }: EventFiles, columns: Columns): string {
  const texts = Object.values(properties).map(({ column }) => `coalesce(${textOf(column, columns)}, '')`);
  return texts.length === 0 ? `''` : `concat_ws(chr(31), ${texts.join(', ')})`;
}

const isText = (column: string, columns: Columns): boolean => columns.get(column) === 'VARCHAR';
const textOf = (column: string, columns: Columns): string =>
  isText(column, columns) ? quoted(column) : `cast(${quoted(column)} as varchar)`;

const DECIMAL_TEXT = `'-?[0-9]+([.][0-9]+)?'`;

function typed(column: string, type: LakeType, columns: Columns): string {
  const name = quoted(column);
  switch (type) {
    case 'text':
      return textOf(column, columns);
    case 'boolean':
      return isText(column, columns)
        ? `case ${name} when 'true' then true when 'false' then false end`
        : `try_cast(${name} as boolean)`;
    case 'number': {
      const text = textOf(column, columns);
      if (isText(column, columns))
        return `case when regexp_full_match(${name}, ${DECIMAL_TEXT}) then try_cast(${name} as double) end`;
      if (columns.get(column) === 'DOUBLE') return `case when isfinite(${name}) then ${name} end`;
      return `try_cast(${text} as double)`;
    }
    default:
      return type satisfies never;
  }
}

/** Decimals and integers as they are, doubles by their shortest text. */
function exactNumber(column: string, columns: Columns): string {
  const direct = /^(DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT)/.test(columns.get(column) ?? '');
  const number = `try_cast(${direct ? quoted(column) : `cast(${typed(column, 'number', columns)} as varchar)`} as ${EXACT})`;
  return `case when abs(${number}) < ${EXACT_MAX} then ${number} end`;
}

/** Microseconds since 1970. A date or a wall clock is one of the stated zone. */
function instant({ at, zone }: EventFiles, columns: Columns): string {
  const name = quoted(at);
  const type = columns.get(at) ?? '';
  const inZone = (wall: string) => `epoch_us(timezone(${literal(zone)}, ${wall}))`;
  if (type === 'TIMESTAMP WITH TIME ZONE') return `epoch_us(${name})`;
  if (type === 'DATE' || type.startsWith('TIMESTAMP')) return inZone(`cast(${name} as timestamp)`);
  const text = textOf(at, columns);
  return `case when regexp_matches(${text}, '(Z|[+-][0-9]{2}:?[0-9]{2})$') and contains(${text}, ':')
    then epoch_us(try_cast(${text} as timestamptz)) else ${inZone(`try_cast(${text} as timestamp)`)} end`;
}
