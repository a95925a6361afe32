/**
 * The monthly statement: JSON Lines whose last line signs all before it, so that an outsider verifies a month of the books without us. Each line is
 * one JSON object without white space that begins with its kind; docs/statement.md gives them.
 */
import { createHash } from 'node:crypto';
import { signaturesOf, type SigningKey } from './signed-heads.js';

export const STATEMENT_FORMAT = 'pado-ledger-statement/1';
const EXPORT_FORMAT = 'pado-export/1';

export type StatementKind =
  | 'statement'
  | 'signed'
  | 'closing'
  | 'opening'
  | 'payout'
  | 'elsewhere'
  | 'compensation'
  | 'budget'
  | 'box'
  | 'draw'
  | 'transfer'
  | 'balance'
  | 'total'
  | 'end';

export const statementLine = (kind: StatementKind, members: object): string =>
  `${JSON.stringify({ kind, ...members })}\n`;

/** The lines as they come, then the one that signs them. `at`: business now, epoch ms. */
export async function* sealedStatement(
  lines: AsyncIterable<string>,
  { month, at }: { month: string; at: number },
  key: SigningKey,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const line of lines) {
    hash.update(line, 'utf8');
    count += 1;
    yield line;
  }
  const statement = JSON.stringify({
    format: STATEMENT_FORMAT,
    month,
    at: new Date(at).toISOString(),
    key: key.id,
    lines: count,
    sha256: hash.digest('hex'),
  });
  yield statementLine('end', { statement, signatures: signaturesOf(statement, [key]) });
}

/** What is signed of a file that is taken out of the books; `sha256` in hex, `at` epoch ms. */
export function exportStatement(
  file: { name: string; at: number; bytes: number; sha256: string },
  key: SigningKey,
): string {
  const { name, at, bytes, sha256 } = file;
  const taken = new Date(at).toISOString();
  return JSON.stringify({ format: EXPORT_FORMAT, name, at: taken, key: key.id, bytes, sha256 });
}
