/**
 * How a file leaves the books: written to a spool first, so that its hash is signed and kept before its first byte goes out, and a failure on the
 * way leaves nothing.
 */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Config } from '../../config.js';
import { signaturesOf, type SigningKey } from '../../domain/ledger/signed-heads.js';
import { exportStatement } from '../../domain/ledger/statement.js';
import { ExportsStore, type Export } from '../../storage/exports.store.js';
import { SignedHeadsStore } from '../../storage/signed-heads.store.js';
import { openSpool } from '../files/spool.js';
import { Problem } from '../http/problem.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';

export interface Leaving extends Pick<Export, 'kind' | 'name' | 'query' | 'actor'> {
  /** Media type. */
  type: string;
  content: AsyncIterable<string | Uint8Array>;
}

/** What is written at once. */
const CHUNK_BYTES = 65_536;

@Injectable()
export class ExportDesk {
  constructor(
    private readonly exports: ExportsStore,
    private readonly heads: SignedHeadsStore,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The key that signs; whoever verifies believes it because the signed heads introduce it. Errors: Problem `conflict` where none is, or not yet. */
  async key(): Promise<SigningKey> {
    const [key] = this.config.heads.keys;
    if (!key) throw new Problem('conflict', 'No key signs here: set PADO_LEDGER_KEYS for the API, too.');
    if ((await this.heads.signingKeyId()) !== key.id)
      throw new Problem('conflict', 'The key that signs here is not introduced by a signed head yet.');
    return key;
  }

  /** Errors: those of `key` and of the content. */
  async send(response: Response, { type, content, ...file }: Leaving): Promise<void> {
    const key = await this.key();
    const spool = await openSpool();
    try {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of chunked(content)) {
        hash.update(chunk);
        bytes += chunk.length;
        await spool.appendFile(chunk);
      }
      const [digest, now] = [hash.digest(), this.clock.now()];
      const sha256 = digest.toString('hex');
      const statement = exportStatement({ name: file.name, at: now, bytes, sha256 }, key);
      const signatures = signaturesOf(statement, [key]);
      await this.exports.keep({ ...file, bytes, sha256, statement, signatures }, now);
      response.status(200).set({
        'Content-Type': type,
        'Content-Length': String(bytes),
        'Content-Disposition': `attachment; filename="${file.name}"`,
        'Content-Digest': `sha-256=:${digest.toString('base64')}:`, // RFC 9530
        'Pado-Statement': statement,
        'Pado-Signature': `${key.id}=${signatures[key.id]}`,
      });
      await pipeline(spool.createReadStream({ start: 0, autoClose: false }), response);
    } finally {
      await spool.close();
    }
  }
}

async function* chunked(content: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of content) {
    const buffer = typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part);
    parts.push(buffer);
    bytes += buffer.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(parts);
    [parts, bytes] = [[], 0];
  }
  yield Buffer.concat(parts);
}
