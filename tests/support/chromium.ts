/**
 * A real Chromium for the console's tests, with its network closed but for the installation. Whatever a page reports that it should not (an error on
 * the console, a violation of the policy, a request to elsewhere) is kept for the test to judge.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { found } from './tiers.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs in the page, before anything of its own. */
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + [event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(' ')));`;

interface AxeReport {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** No name but this machine's leads anywhere. */
const NOWHERE_ELSE = 'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: found('chromium'),
    // as root there is no sandbox; nothing but our own pages is ever opened
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--force-color-profile=srgb',
      `--host-resolver-rules=${NOWHERE_ELSE}`,
    ],
  });
}

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** What no page may cause. */
  complaints: string[];
}

export interface VisitOptions {
  language: 'ko' | 'en';
  dark?: boolean;
  size?: { width: number; height: number };
}

/** A browser of somebody who has never been here. */
export async function visit(browser: Browser, origin: string, options: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: origin,
    locale: options.language,
    timezoneId: 'America/New_York',
    colorScheme: options.dark ? 'dark' : 'light',
    viewport: options.size ?? { width: 1_280, height: 800 },
    reducedMotion: 'reduce',
  });
  const complaints: string[] = [];
  // told and not intercepted: whatever is intercepted is neither cached nor compiled once
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`a request to ${request.url()}`);
  });
  await context.addInitScript({ content: TELL_VIOLATIONS });
  const page = await context.newPage();
  page.setDefaultTimeout(90_000); // an end for what hangs
  page.on('pageerror', (error) => complaints.push(`an error: ${error.message}`));
  page.on('console', (message) => {
    // what a refused call answers is for the page to show; the browser tells it as an error, too
    if (/Failed to load resource/.test(message.text())) return;
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  return { context, page, complaints };
}

/** In the page: colours on their way to others are neither; some seconds at most. */
const AT_REST = `(async () => {
  const drawn = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await drawn();
  await drawn();
  const moving = document.getAnimations().filter((one) => one instanceof CSSTransition);
  const over = Promise.allSettled(moving.map(({ finished }) => finished));
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 3000))]);
})()`;

/** Of the page alone: a frame that runs no scripts (the preview of a text) cannot answer for itself, and is asked by a message that the browser warns of. */
const AXE_RUN = "axe.run({ resultTypes: ['violations'], preload: false, iframes: false })";

/** Serious and critical findings of axe on the page as it is, once its colours are. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(AT_REST);
  // by the protocol of its tools, which the policy does not watch; once in a document, which may be judged often
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeReport>(AXE_RUN);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
}

/** Kept where PADO_PICTURES names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PADO_PICTURES'];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}
