/**
 * A settlement's file as a stream of rows, in flat memory: CSV or XLSX with the columns of protocols.md in any order, others beside them. A row
 * that cannot be read is told by its line, and never with what stood in it; a file that has one is refused as a whole.
 */
import { createHash } from 'node:crypto';
import {
  readSettlementRow,
  SETTLEMENT_COLUMNS,
  type SettlementColumn,
  type SettlementRow,
} from '../../domain/ledger/settlement.js';
import type { RefusedRow } from '../../storage/listed-rows.js';
import { TableHead, tableRows, type Refuse, type TableKind, type TableRow } from '../files/table.js';
import { Problem, type FieldFault } from '../http/problem.js';

const ROWS_MAX = 5_000_000;
const FAULTS_MAX = 100;

const refuse: Refuse = (fault) => badFile([fault]);
const badFile = (errors: readonly FieldFault[]) =>
  new Problem('unprocessable', 'The file is no settlement; nothing was changed.', { errors });

/** Header cells by column. */
type Columns = Readonly<Record<SettlementColumn, number>>;

export class SettlementReader {
  readonly head = new TableHead();
  private readonly hash = createHash('sha256');
  private digest: Buffer | null = null;

  /** `zone`: whose wall clock a time without an offset is of. */
  constructor(
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly kind: TableKind,
    private readonly zone: string,
  ) {}

  /** Of all bytes, when they have been read. */
  sha256(): Buffer {
    return (this.digest ??= this.hash.digest());
  }

  /** Errors, at the end: the problem `unprocessable` with the first hundred rows that are refused. */
  async *rows(): AsyncGenerator<SettlementRow> {
    const refused: RefusedRow[] = [];
    for await (const row of this.all()) {
      if ('reason' in row) refused.push(row);
      else if (refused.length === 0) yield row;
      if (refused.length >= FAULTS_MAX) break;
    }
    if (refused.length > 0) throw badFile(refused.map(({ line, reason }) => ({ line, detail: reason })));
  }

  /** Only those that are refused, a page at a time. */
  async *refused(): AsyncGenerator<RefusedRow[]> {
    let page: RefusedRow[] = [];
    for await (const row of this.all()) {
      if (!('reason' in row)) continue;
      page.push(row);
      if (page.length < FAULTS_MAX) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  private async *all(): AsyncGenerator<SettlementRow | RefusedRow> {
    let columns: Columns | null = null;
    let width = 0;
    let rows = 0;
    for await (const row of this.head.of(tableRows(this.hashed(), this.kind, refuse))) {
      if (columns === null) {
        columns = columnsOf(row);
        width = row.cells.length;
        continue;
      }
      rows += 1;
      if (rows > ROWS_MAX) throw new Problem('too_large', `A settlement has at most ${ROWS_MAX} rows.`);
      yield read(row, columns, width, this.zone);
    }
    if (columns === null) throw refuse({ line: 1, detail: 'has no header row' });
  }

  private async *hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.source) {
      this.hash.update(chunk);
      yield chunk;
    }
  }
}

function columnsOf({ line, cells }: TableRow): Columns {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const faults = SETTLEMENT_COLUMNS.flatMap((column): FieldFault[] => {
    const at = names.indexOf(column);
    if (at < 0) return [{ line, parameter: column, detail: 'is missing in the header' }];
    return names.lastIndexOf(column) === at ? [] : [{ line, parameter: column, detail: 'appears twice in the header' }];
  });
  if (faults.length > 0) throw badFile(faults);
  return Object.fromEntries(SETTLEMENT_COLUMNS.map((column) => [column, names.indexOf(column)])) as unknown as Columns;
}

function read(
  { line, cells, faults }: TableRow,
  columns: Columns,
  width: number,
  zone: string,
): SettlementRow | RefusedRow {
  if (cells.length !== width) return { line, reason: `has ${cells.length} cells and the header has ${width}` };
  const unread = SETTLEMENT_COLUMNS.find((column) => faults.has(columns[column]));
  if (unread !== undefined) return { line, reason: `${unread} ${faults.get(columns[unread])}` };
  const cell = (column: SettlementColumn) => (cells[columns[column]] ?? '').trim();
  return readSettlementRow(
    line,
    {
      key: cell('key'),
      reference: cell('reference'),
      amount: cell('amount'),
      currency: cell('currency'),
      paid_at: cell('paid_at'),
    },
    zone,
  );
}
