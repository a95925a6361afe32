/**
 * The web console as files: the built page for every path of a person's, its parts by their hashed names for good. Nothing inline may run or
 * style, nothing from elsewhere is loaded, and no other site may frame it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import compression from 'compression';
import express, { type NextFunction, type Request, type Response } from 'express';

/** Beside the built program; there is none where sources run by themselves. */
const BUILT = join(import.meta.dirname, '../../../web');

/** Paths that belong to machines and documents: nothing below them is ever a page of the console. */
const NOT_PAGES = /^\/(v1|docs|health|metrics|openapi\.json|assets)(\/|$)/;

/**
 * React and Mantine set single style properties through the CSSOM, which no policy forbids; what would insert `<style>` is switched off or built
 * into a file. So styles need neither a nonce nor `unsafe-inline`.
 */
export const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_MS = 365 * 24 * 3_600_000;

export function isPage({ method, path, headers }: Pick<Request, 'method' | 'path' | 'headers'>): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  return reads && !NOT_PAGES.test(path) && /\btext\/html\b/.test(headers.accept ?? '');
}

export function useConsole(app: { use(...handlers: unknown[]): unknown }, folder: string = BUILT): void {
  if (!existsSync(join(folder, 'index.html'))) return;
  const files = { immutable: true, maxAge: YEAR_MS, index: false, redirect: false, fallthrough: true };
  app.use('/assets', compression(), express.static(join(folder, 'assets'), files));
  app.use('/assets', (_request: Request, response: Response) => {
    response.status(404).end();
  });
  const smaller = compression();
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (!isPage(request)) return next();
    response.setHeader('Content-Security-Policy', CONSOLE_POLICY);
    response.setHeader('Cache-Control', 'no-cache');
    const unread = (error?: unknown) => {
      if (error) next(error);
    };
    smaller(request, response, () => response.sendFile('index.html', { root: folder, cacheControl: false }, unread));
  });
}
