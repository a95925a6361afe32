/**
 * A part of a workbook as XML elements while it streams by. There is no document type, so no entity can be declared and nothing outside is
 * ever fetched; and no single token is longer than a bound, so what is held at once does not grow with the part.
 */
import { SaxesParser } from 'saxes';
import type { Refuse } from './table.js';

/** Excel's longest cell, 32,767 characters, every one of them written as an entity, fits. */
const TOKEN_MAX = 262_144;
const DEPTH_MAX = 64;

export interface Handlers {
  /** Names are without their prefix. */
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Calls the handlers chunk by chunk and yields after each. Errors: the problem of `refuse`, where it is not XML of this kind. */
export async function* parsed(
  chunks: AsyncIterable<Uint8Array>,
  handlers: Handlers,
  refuse: Refuse,
): AsyncGenerator<undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parser = new SaxesParser();
  let fault: string | null = null;
  let pending = 0;
  let depth = 0;
  const seen = () => (pending = 0);
  parser.on('error', () => (fault ??= 'has a part that is no XML'));
  parser.on('doctype', () => (fault ??= 'has a document type, which workbooks do not'));
  parser.on('comment', seen);
  parser.on('processinginstruction', seen);
  parser.on('opentag', ({ name, attributes }) => {
    seen();
    depth += 1;
    if (depth > DEPTH_MAX) fault ??= 'has elements inside each other without end';
    if (fault === null) handlers.open?.(local(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    seen();
    depth -= 1;
    if (fault === null) handlers.close?.(local(name));
  });
  const text = (content: string) => {
    seen();
    if (fault === null) handlers.text?.(content);
  };
  parser.on('text', text);
  parser.on('cdata', text);

  const feed = (content: string) => {
    pending += content.length;
    parser.write(content);
    if (fault === null && pending > TOKEN_MAX) fault = 'has a text or a tag that is longer than any of a workbook';
    if (fault !== null) throw refuse({ detail: fault });
  };
  for await (const chunk of chunks) {
    feed(decode(() => decoder.decode(chunk, { stream: true }), refuse));
    yield;
  }
  feed(decode(() => decoder.decode(), refuse));
  parser.close();
  if (fault !== null) throw refuse({ detail: fault });
  yield;
}

function decode(work: () => string, refuse: Refuse): string {
  try {
    return work();
  } catch {
    throw refuse({ detail: 'has a part that is not UTF-8' });
  }
}

/** Of a part that is short: all of it. */
export async function parseAll(chunks: AsyncIterable<Uint8Array>, handlers: Handlers, refuse: Refuse): Promise<void> {
  const steps = parsed(chunks, handlers, refuse);
  while (!(await steps.next()).done);
}
