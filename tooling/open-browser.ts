import { type Browser, chromium } from 'playwright-core';
import { bounded } from './bounded.ts';

/**
 * A headless Chromium, the one that `.ci/with-chromium` found; it has no sandbox where root runs it. Nothing that is awaited
 * of it or its pages hangs for ever: Playwright's own limits name what they waited for, and so does {@link bounded} where
 * Playwright has none, as for a script in the page or the browser's end.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env['WITH_CHROMIUM'];
  if (executablePath === undefined) throw new Error('WITH_CHROMIUM is not set: run this by .ci/with-chromium.');
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  return bounded(browser, SECONDS_MAX, 'browser');
}

/** Above the 30 s of Playwright's own limits, and below the ceiling of a test. */
const SECONDS_MAX = 60;
