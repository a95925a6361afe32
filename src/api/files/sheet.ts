/**
 * A sheet as rows of text while its XML streams by. A formula counts by the value that was stored with it; nothing is computed.
 */
import { LINE_LENGTH_MAX } from '../http/text-file.js';
import { numberText, TEXT_TOO_LONG, unescaped, type CellText } from './cell-text.js';
import type { NumberStyle } from './number-style.js';
import type { SharedStrings } from './shared-strings.js';
import type { Refuse, TableRow } from './table.js';
import { parsed, type Handlers } from './xml.js';

const ROWS_MAX = 1_048_576;
const COLUMNS_MAX = 1_000;
const PLAIN: NumberStyle = { kind: 'plain' };

export interface SheetTerms {
  strings: SharedStrings;
  styles: readonly NumberStyle[];
  epoch1904: boolean;
}

/** Each row is as wide as the first that is not empty, or wider where it has more. */
export async function* sheetRows(
  chunks: AsyncIterable<Uint8Array>,
  terms: SheetTerms,
  refuse: Refuse,
): AsyncGenerator<TableRow> {
  const reader = new SheetReader(terms, refuse);
  for await (const _ of parsed(chunks, reader, refuse)) yield* reader.take();
}

class SheetReader implements Handlers {
  private rows: TableRow[] = [];
  private width = 0;
  private inData = false;
  private line = 0;
  private cells: string[] = [];
  private faults = new Map<number, string>();
  private length = 0;
  private column = -1;
  private type = 'n';
  private style = PLAIN;
  private isFormula = false;
  private value: string | null = null;
  private reads = false;
  private pronounced = 0;

  constructor(
    private readonly terms: SheetTerms,
    private readonly refuse: Refuse,
  ) {}

  take(): TableRow[] {
    const taken = this.rows;
    this.rows = [];
    return taken;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === 'sheetData') this.inData = true;
    if (!this.inData) return;
    switch (name) {
      case 'row':
        return this.beginRow(attributes['r']);
      case 'c':
        return this.beginCell(attributes);
      case 'f':
        this.isFormula = true;
        return;
      case 'rPh':
        this.pronounced += 1;
        return;
      case 'v':
      case 't':
        this.reads = this.pronounced === 0;
        this.value ??= '';
    }
  }

  text(content: string): void {
    if (!this.reads) return;
    this.value += content;
    if ((this.value?.length ?? 0) > LINE_LENGTH_MAX) throw this.refuse({ line: this.line, detail: TEXT_TOO_LONG });
  }

  close(name: string): void {
    this.reads = false;
    if (!this.inData) return;
    if (name === 'sheetData') this.inData = false;
    if (name === 'rPh') this.pronounced -= 1;
    if (name === 'c') this.endCell();
    if (name === 'row') this.endRow();
  }

  private beginRow(number: string | undefined): void {
    const line = number === undefined ? this.line + 1 : Number(number);
    if (!Number.isInteger(line) || line <= this.line || line > ROWS_MAX) {
      throw this.refuse({ detail: `has rows that are out of order, or more than ${ROWS_MAX}` });
    }
    this.line = line;
    this.cells = [];
    this.faults = new Map();
    this.length = 0;
    this.column = -1;
  }

  private beginCell({ r, t, s }: Readonly<Record<string, string>>): void {
    this.column = r === undefined ? this.column + 1 : columnOf(r);
    if (this.column < 0 || this.column >= COLUMNS_MAX) {
      throw this.refuse({ line: this.line, detail: `has a cell beyond column ${COLUMNS_MAX}, or nowhere` });
    }
    this.type = t ?? 'n';
    this.style = this.terms.styles[Number(s ?? 0)] ?? PLAIN;
    this.isFormula = false;
    this.value = null;
  }

  private endCell(): void {
    const read = this.cellText();
    const text = 'text' in read ? read.text : '';
    if ('fault' in read) this.faults.set(this.column, read.fault);
    if (text === '' && !('fault' in read)) return;
    this.length += text.length;
    if (this.length > LINE_LENGTH_MAX) {
      throw this.refuse({ line: this.line, detail: `has a row of more than ${LINE_LENGTH_MAX} characters` });
    }
    while (this.cells.length < this.column) this.cells.push('');
    this.cells[this.column] = text;
  }

  private cellText(): CellText {
    const { value } = this;
    if (value === null) return this.isFormula ? { fault: NOT_COMPUTED } : { text: '' };
    switch (this.type) {
      case 's':
        return this.shared(value);
      case 'inlineStr':
      case 'str':
        return { text: unescaped(value) };
      case 'b':
        return { text: value.trim() === '1' ? 'true' : 'false' };
      case 'e':
        return { fault: 'is an error of a formula' };
      case 'd':
        return { text: value };
      default:
        return value === '' ? { text: '' } : numberText(value, this.style, this.terms.epoch1904);
    }
  }

  private shared(index: string): CellText {
    const text = this.terms.strings.at(Number(index));
    if (text === undefined) throw this.refuse({ line: this.line, detail: 'has a cell whose text is not there' });
    return { text };
  }

  private endRow(): void {
    const { line, cells, faults } = this;
    if (cells.length === 0) return;
    if (this.width === 0) this.width = cells.length;
    while (cells.length < this.width) cells.push('');
    this.rows.push({ line, cells, faults });
  }
}

const NOT_COMPUTED = 'is a formula without a stored value: open the workbook in Excel and save it';

/** Of a reference such as BC12, counted from 0; -1 where it is none. */
function columnOf(reference: string): number {
  const [, letters] = /^([A-Z]{1,3})[0-9]{1,7}$/.exec(reference) ?? [];
  if (letters === undefined) return -1;
  return Array.from(letters).reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}
