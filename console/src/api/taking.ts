/**
 * Files that leave the books: fetched with the hash and signature that the API tells in its headers, compared with the bytes that arrived, and kept
 * by the browser as a download.
 */
import { client } from '../client/client.gen.js';

export interface Taken {
  name: string;
  bytes: number;
  /** Hex, as it is signed. */
  sha256: string;
  /** What is signed. */
  statement: string;
  keyId: string;
  /** Base64. */
  signature: string;
  /** Whether the bytes that arrived have the hash; null where the browser does not compute it. */
  same: boolean | null;
  content: Blob;
}

/** Larger ones are not read into memory. */
const COMPARED_BYTES_MAX = 100_000_000;

/** Errors: CallFailed. */
export async function take(url: `/v1/${string}`, query: Record<string, string> = {}): Promise<Taken> {
  const { data: content, response } = await client.get<Blob, unknown, true>({
    url,
    query,
    parseAs: 'blob',
    responseStyle: 'fields',
    throwOnError: true,
  });
  const statement = response.headers.get('pado-statement') ?? '';
  const [, keyId = '', signature = ''] = /^([^=]*)=(.*)$/s.exec(response.headers.get('pado-signature') ?? '') ?? [];
  const { name, sha256 } = JSON.parse(statement) as { name: string; sha256: string };
  return {
    name,
    bytes: content.size,
    sha256,
    statement,
    keyId,
    signature,
    content,
    same: await hasHash(content, sha256),
  };
}

async function hasHash(content: Blob, sha256: string): Promise<boolean | null> {
  // there only where the page came over HTTPS or from this machine
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (!subtle || content.size > COMPARED_BYTES_MAX) return null;
  return hexOf(await subtle.digest('SHA-256', await content.arrayBuffer())) === sha256;
}

export const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** As if a link to it had been followed. */
export function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
