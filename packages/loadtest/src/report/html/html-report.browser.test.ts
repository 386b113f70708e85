import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportExample } from '../../testing/report-example.ts';
import { htmlReport } from './html-report.ts';

interface Seen {
  readonly overflow: number;
  readonly unlabelled: number;
  readonly contrasts: readonly number[];
}

const folder = path.resolve('packages/loadtest/dist/screenshots');
const file = path.join(folder, 'report.html');
let browser: Browser;
beforeAll(async () => {
  const { result, options } = reportExample();
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, htmlReport(result, options));
  const executablePath = process.env['WITH_CHROMIUM'];
  browser = await chromium.launch({
    args: ['--no-sandbox'],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
});
afterAll(() => browser.close());

test.each([
  ['light', 1280, 'light'],
  ['dark', 1280, 'dark'],
  ['phone', 360, 'light'],
] as const)(
  'the report reads well in %s: offline, without scripts, nothing wider than the page, text that contrasts',
  async (name, width, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, offline: true });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => void (request.url().startsWith('file:') || complaints.push(request.url())));
    await page.goto(pathToFileURL(file).href);
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    const seen = await page.evaluate<Seen>(SEEN);
    expect(seen).toMatchObject({ overflow: 0, unlabelled: 0 });
    // WCAG 2.2, 1.4.3.
    expect(Math.min(...seen.contrasts)).toBeGreaterThanOrEqual(4.5);
    expect(seen.contrasts.length).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
    await page.close();
  },
);

/** As text, since it runs in the page, where Node's types mean nothing. */
const SEEN = `(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = light(getComputedStyle(document.body).backgroundColor);
  const contrast = (colour) => (Math.max(light(colour), ground) + 0.05) / (Math.min(light(colour), ground) + 0.05);
  const styles = [...document.querySelectorAll('h1,p,caption,th,td,.verdict')].map((one) => getComputedStyle(one).color);
  styles.push(...[...document.querySelectorAll('svg text')].map((one) => getComputedStyle(one).fill));
  return {
    overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    unlabelled: document.querySelectorAll('svg:not([aria-label])').length,
    contrasts: [...styles].map(contrast),
  };
})()`;
