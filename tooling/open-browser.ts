import { type Browser, chromium } from 'playwright-core';

/** A headless Chromium, the one that `.ci/with-chromium` found; it has no sandbox where root runs it. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env['WITH_CHROMIUM'];
  if (executablePath === undefined) throw new Error('WITH_CHROMIUM is not set: run this by .ci/with-chromium.');
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
