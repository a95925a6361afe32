/**
 * The book of a partner without an API: the result files in its folder, read by their format alone (docs/payout-files.md). A payment is a key under a
 * reference; a row that comes again is the same one. A file that is not what its trailer says is no word of the partner's.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ResultPayment {
  key: string;
  reference: string;
  amount: string;
  currency: string;
  kind: string;
  customer: string;
}

export async function isFolder(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null))?.isDirectory() ?? false;
}

/** In the order of the files. Errors: those of the file system. */
export async function* readResultFiles(folder: string): AsyncGenerator<ResultPayment> {
  const seen = new Set<string>();
  const names = (await readdir(join(folder, 'results'))).filter((name) => /^[^.].*-results-\d{6}\.csv$/.test(name));
  for (const name of names.sort()) {
    const text = await readFile(join(folder, 'results', name), 'utf8');
    const at = text.lastIndexOf('\n#end,') + 1;
    const [, , , said] = text.slice(at).trimEnd().split(',');
    if (said !== createHash('sha256').update(text.slice(0, at)).digest('hex')) continue;
    for (const line of text.slice(0, at).split('\n').slice(1, -1)) {
      const [key = '', status, reference = '', amount = '', currency = '', kind = '', customer = ''] = line.split(',');
      const payment = `${key},${reference}`;
      if (status !== 'paid' || seen.has(payment)) continue;
      seen.add(payment);
      yield { key, reference, amount, currency, kind, customer };
    }
  }
}
