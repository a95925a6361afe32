/**
 * People at the console in a real Chromium, on one installation: they come in by a one-time link, decide in its dialogs, and every page that they see
 * is judged.
 */
import { expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeFindings, picture, visit, type Visit, type VisitOptions } from './chromium.js';
import { oneTimeLink } from './sign-in.js';
import type { Stack } from './stack.js';

/** Both languages, at either size, one of them dark: what a desk's main jobs are done in. */
export const VIEWS = [
  { language: 'ko', size: { width: 1_280, height: 800 } },
  { language: 'en', dark: true, size: { width: 1_920, height: 1_080 } },
] as const satisfies VisitOptions[];
export const [KOREAN, ENGLISH] = VIEWS;

/** What stands there, in the view's language. */
export const sayIn =
  ({ language }: VisitOptions) =>
  (ko: string, en: string): string =>
    language === 'ko' ? ko : en;

/** What would change the title if it ever ran. */
export const HOSTILE = '<img src=x onerror="document.title=1">';

export class Guests {
  private readonly open: Visit[] = [];

  constructor(
    private readonly stack: Stack,
    private readonly browser: Browser,
  ) {}

  /** Somebody new with these roles. */
  async comesIn(roles: Parameters<typeof oneTimeLink>[1], options: VisitOptions): Promise<Visit> {
    const link = await oneTimeLink(this.stack, roles);
    const came = await visit(this.browser, new URL(this.stack.api.url).origin, options);
    this.open.push(came);
    await came.page.goto(link);
    await came.page.locator('nav').waitFor();
    expect(new URL(came.page.url()).hash).toBe('');
    return came;
  }

  /** The same, on a page that is not their first. */
  async comesTo(path: string, roles: Parameters<typeof oneTimeLink>[1], options: VisitOptions): Promise<Visit> {
    const came = await this.comesIn(roles, options);
    await came.page.goto(new URL(path, this.stack.api.url).href);
    return came;
  }

  async leave(): Promise<void> {
    await Promise.all(this.open.map(({ context }) => context.close()));
  }
}

/** The page as it is: in order for whoever sees it, hears it or attacks by it. */
export async function judge({ page, complaints }: Visit, name: string): Promise<void> {
  await picture(page, name);
  expect({ name, findings: await axeFindings(page), complaints }).toEqual({ name, findings: [], complaints: [] });
}

/** In the dialog that is open: the reason, its last field, where there is one, and the button that decides. */
export async function decide(page: Page, reason: string | null, name: string, came: Visit): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  if (reason !== null) await dialog.getByRole('textbox').last().fill(reason);
  await judge(came, name);
  await dialog.locator('button[type=submit]').click();
  await dialog.waitFor({ state: 'detached' });
}
