/**
 * A file on its way to the API, with how much of it is there: the one thing that fetch cannot tell.
 */
import type { Problem } from '../client/types.gen.js';
import { csrfHeader } from './client.js';
import { CallFailed } from './problem.js';

export interface Sending {
  /** With its parameters. */
  url: `/v1/${string}`;
  file: Blob;
  type: string;
  headers: Readonly<Record<string, string>>;
  /** 0 to 1. */
  progress: (share: number) => void;
  signal: AbortSignal;
}

/** The answer's body. Errors: CallFailed; an AbortError where it was given up. */
export async function send<T>({ url, file, type, headers, progress, signal }: Sending): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.responseType = 'json';
    request.setRequestHeader('content-type', type);
    // the language that the page is in, whatever the browser prefers
    request.setRequestHeader('accept-language', document.documentElement.lang);
    for (const [name, value] of [...Object.entries(headers), ...csrfHeader()]) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => progress(total === 0 ? 1 : loaded / total));
    request.addEventListener('load', () => {
      const body: unknown = request.response;
      if (request.status >= 200 && request.status < 300) return resolve(body as T);
      const problem = typeof body === 'object' && body !== null && 'type' in body ? (body as Problem) : null;
      reject(new CallFailed(request.status, problem));
    });
    request.addEventListener('error', () => reject(new CallFailed(0, null)));
    request.addEventListener('abort', () =>
      reject(signal.reason instanceof Error ? signal.reason : new CallFailed(0, null)),
    );
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
