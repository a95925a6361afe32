/**
 * Who signed: the keys, each introduced by the one before it from the one that the outsider was given, and the ends of the chain that they signed day by day.
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { Fault, Json } from './lines.js';

/** The second has the end of the audit log, too, which no statement tells. */
const FORMATS = ['pado-ledger-head/1', 'pado-ledger-head/2'];

export const ZEROS = '0'.repeat(64);

export const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

interface Key {
  id: string;
  key: KeyObject;
}

export class Signatures {
  /** Hash of the chain by number of the link; of the closings likewise. */
  readonly links = new Map<number, string>();
  readonly closings = new Map<number, string>();
  heads = 0;
  private previous = ZEROS;
  private signer: Key | null = null;
  private no = 0;

  /** `first`: base64 of the SubjectPublicKeyInfo of the first key, as it was told outside. */
  constructor(
    private readonly first: string,
    private readonly fault: Fault,
  ) {}

  /** One signed statement, in its order: that of a key, or a head. */
  take(line: number, { statement, signatures }: Json): void {
    const fault = (what: string) => this.fault(line, what);
    const text = String(statement);
    const said = objectOf(text);
    this.no += 1;
    if (!FORMATS.includes(String(said['format'])) || said['no'] !== this.no) fault(`not signed statement ${this.no}`);
    if (said['previous'] !== this.previous) fault('the signed statement does not follow from the one before it');
    this.previous = sha256(text).toString('hex');
    if (said['kind'] === 'key') {
      const next = keyOf(String(said['publicKey']));
      if (!next || next.id !== said['key']) return fault('a key that is none');
      if (!this.signer && said['publicKey'] !== this.first) fault('the first key is not the one that was given');
      if (this.signer && !isSigned(text, signatures, this.signer)) fault('the key before has not signed this one');
      if (!isSigned(text, signatures, next)) fault('the signature does not fit');
      this.signer = next;
      return;
    }
    this.heads += 1;
    if (said['key'] !== this.signer?.id || !isSigned(text, signatures, this.signer))
      fault('the signature does not fit');
    this.links.set(Number(said['through']), String(said['hash']));
    this.closings.set(Number(said['closings']), String(said['closingsHash']));
  }

  /** The last line, which signs all before it by the last key that was introduced. */
  end(line: number, end: Json, file: { month: unknown; lines: number; sha256: string }): void {
    const fault = (what: string) => this.fault(line, what);
    const { statement, signatures } = end;
    const text = String(statement);
    const said = objectOf(text);
    if (Object.keys(end).join() !== 'kind,statement,signatures' || said['format'] !== 'pado-ledger-statement/1')
      fault('not the line that signs a statement');
    if (said['sha256'] !== file.sha256) fault('the bytes before this line are not those that were signed');
    if (said['lines'] !== file.lines) fault(`${String(said['lines'])} lines were signed, and there are ${file.lines}`);
    if (said['month'] !== file.month) fault('another month was signed');
    if (said['key'] !== this.signer?.id || !isSigned(text, signatures, this.signer))
      fault('the statement is not signed by the last key that was introduced');
    if (Object.keys(Object(signatures)).length !== 1) fault('there is another signature beside');
  }
}

function objectOf(text: string): Json {
  try {
    return Object(JSON.parse(text)) as Json;
  } catch {
    return {};
  }
}

function keyOf(publicKey: string): Key | null {
  try {
    const der = Buffer.from(publicKey, 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (key.asymmetricKeyType !== 'ed25519') return null;
    return { id: sha256(der).toString('hex').slice(0, 16), key };
  } catch {
    return null;
  }
}

/** Base64 has more than one text for the same bytes: only the one that is written back counts. */
function isSigned(text: string, signatures: unknown, by: Key | null): boolean {
  const signature = by && (Object(signatures) as Json)[by.id];
  if (!by || typeof signature !== 'string') return false;
  const bytes = Buffer.from(signature, 'base64');
  return bytes.toString('base64') === signature && verify(null, Buffer.from(text, 'utf8'), by.key, bytes);
}
