/**
 * People who come to the console of an installation, and what every page has to be: in order for whoever sees it, hears it or attacks by it.
 */
import { expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { axeFindings, picture, visit, type Visit, type VisitOptions } from './chromium.js';
import { oneTimeLink } from './sign-in.js';
import type { Stack } from './stack.js';

/** Somebody with these roles, who comes in by a link. */
export async function comesIn(
  { stack, browser }: { stack: Stack; browser: Browser },
  roles: Parameters<typeof oneTimeLink>[1],
  options: VisitOptions,
): Promise<Visit> {
  const link = await oneTimeLink(stack, roles);
  const came = await visit(browser, new URL(stack.api.url).origin, options);
  await came.page.goto(link);
  await came.page.locator('nav').waitFor();
  expect(new URL(came.page.url()).hash).toBe('');
  return came;
}

export async function judge({ page, complaints }: Visit, name: string): Promise<void> {
  await picture(page, name);
  expect({ name, findings: await axeFindings(page), complaints }).toEqual({ name, findings: [], complaints: [] });
}
