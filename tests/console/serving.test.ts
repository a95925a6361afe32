/**
 * The built console as the API process serves it: what is a page and what is not, for how long it is kept, under which policy; and how much of it
 * somebody loads before the first page is there.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { CONSOLE_POLICY, useConsole } from '../../src/api/http/console.js';
import { ROOT } from '../support/sources.js';

const BUILT = join(ROOT, 'dist/web');
const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8';

/** Of the whole first view: page, scripts, styles, texts, fonts. */
const FIRST_VIEW_BYTES_MAX = 350_000;

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
  isDynamicEntry?: boolean;
}

const ROUTES = readFileSync(join(ROOT, 'console/src/routes.tsx'), 'utf8');

/** Texts that a page brings beside those of every page, as its route says. */
function partsOf(page: string): string[] {
  const file = page.replace('src/pages/', './pages/').replace('.tsx', '.js');
  const [, parts = ''] = new RegExp(`withTexts\\(\\[([^\\]]*)\\], \\(\\) => import\\('${file}'`).exec(ROUTES) ?? [];
  return [...parts.matchAll(/'(\w+)'/g)].map(([, part]) => part as string);
}

describe('the console', () => {
  const app = express();
  const script = readdirSync(join(BUILT, 'assets')).find((name) => name.endsWith('.js')) as string;
  beforeAll(() => {
    useConsole(app, BUILT);
    app.use((_request, response) => {
      response.status(404).json({ ours: false });
    });
  });

  it.each(['/', '/sign-in', '/runs/abc', '/payouts/a%2Fb', '/nowhere'])('answers %s with its page', async (path) => {
    const { status, headers, text } = await request(app).get(path).set('accept', HTML);
    expect([status, headers['cache-control'], headers['content-security-policy']]).toEqual([
      200,
      'no-cache',
      CONSOLE_POLICY,
    ]);
    expect(text).toContain('<div id="root">');
    expect(text).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/);
  });

  it('allows nothing inline and nothing from elsewhere', () => {
    expect(CONSOLE_POLICY).not.toMatch(/unsafe|nonce|data:|https?:|\*/);
  });

  it.each([
    ['GET', '/v1/nowhere', HTML],
    ['GET', '/v1', HTML],
    ['GET', '/docs', HTML],
    ['GET', '/health/live', HTML],
    ['GET', '/assets/nowhere.js', HTML],
    ['GET', '/runs/abc', 'application/json'],
    ['GET', '/runs/abc', '*/*'],
    ['POST', '/runs/abc', HTML],
    ['GET', '/assets/%2e%2e/index.html', HTML],
    ['GET', '/assets/../../package.json', 'application/json'],
  ])('has no page for %s %s as %s', async (method, path, accept) => {
    const { status, text } = await request(app)[method === 'GET' ? 'get' : 'post'](path).set('accept', accept);
    expect([status, text.includes('root')]).toEqual([404, false]);
  });

  it('lets hashed files be kept for good, and sends them small', async () => {
    const { status, headers } = await request(app).get(`/assets/${script}`).set('accept-encoding', 'gzip');
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(script).toMatch(/-[\w-]{8}\.js$/);
  });

  it(`is there after ${FIRST_VIEW_BYTES_MAX} bytes, whichever page is the first`, () => {
    const manifest = JSON.parse(readFileSync(join(BUILT, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
    const filesOf = (key: string, seen = new Set<string>()): Set<string> => {
      const chunk = manifest[key] as Chunk;
      if (seen.has(chunk.file)) return seen;
      for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file);
      for (const other of chunk.imports ?? []) filesOf(other, seen);
      return seen;
    };
    const size = (file: string): number => {
      const bytes = readFileSync(join(BUILT, file));
      return file.endsWith('.woff2') ? bytes.length : gzipSync(bytes).length;
    };
    const total = (files: Iterable<string>) => [...files].reduce((sum, file) => sum + size(file), 0);
    const fonts = readdirSync(join(BUILT, 'assets')).filter((name) => /^own-.*\.woff2$/.test(name));
    expect(fonts).toHaveLength(1);
    const always = ['index.html', `assets/${fonts[0]}`];
    const pages = Object.keys(manifest).filter((key) => key.startsWith('src/pages/'));
    expect(pages.length).toBeGreaterThan(10);
    expect(partsOf('src/pages/reports/reports.tsx')).toEqual(['finance', 'books']);
    const views = pages.map((page) => {
      const texts = ['src/texts/ko.ts', ...partsOf(page).map((part) => `src/texts/ko/${part}.ts`)];
      const files = new Set([...always, ...['index.html', ...texts, page].flatMap((key) => [...filesOf(key)])]);
      return [page, total(files)] as const;
    });
    console.log(`first views, bytes: ${JSON.stringify(Object.fromEntries(views))}`);
    expect(views.filter(([, bytes]) => bytes > FIRST_VIEW_BYTES_MAX)).toEqual([]);
  });
});
