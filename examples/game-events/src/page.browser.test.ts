import { ask, type Started, startHost } from '@scorekeep/example-contract/start-host';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../../../tooling/open-browser.ts';
import { testDatabase } from '../../../tooling/test-database.ts';
import { ended, launched } from './testing/events.ts';

let app: Started;
let browser: Browser;
beforeAll(async () => {
  app = await startHost(new URL('./main.ts', import.meta.url), {
    DATABASE_URL: (await testDatabase()).url,
    OTP_DELIVERY: 'response',
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.end('SIGTERM');
});

/** A page, and everything that it complained of. */
async function open(theme: 'light' | 'dark', width: number): Promise<{ page: Page; said: string[] }> {
  const page = await browser.newPage({ colorScheme: theme, viewport: { width, height: 900 } });
  const said: string[] = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  await page.goto(app.url);
  await page.getByText(/^Live/).waitFor();
  return { page, said };
}

/** Kept where SCREENSHOTS says, to be looked at. */
async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

test('shows the board and the figures, and what others play, without a reload', async () => {
  const { page, said } = await open('light', 1_000);
  await page.getByText('Nobody has played yet.').waitFor();
  const body = [launched('ann', { nickname: '<b>Ann</b>' }), ended('ann', 70), ended('bob', 60)];
  await ask(`${app.url}/api/events`, { method: 'POST', body });
  await page.getByRole('cell', { name: '<b>Ann</b>' }).waitFor();
  const lines = ['1\t<b>Ann</b>\t70\t1', '2\tbob\t60\t1'];
  await expect.poll(() => page.locator('#lines tr').allInnerTexts(), { timeout: 60_000 }).toEqual(lines);
  await page.locator('#completed', { hasText: /^3$/ }).waitFor();
  expect(said).toEqual([]);
});

test('is played by keyboard alone, and says what became of the game', async () => {
  const { page, said } = await open('dark', 360);
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.className')).toBe('skip');
  for (const text of ['cid', '65', '60']) {
    await page.keyboard.press('Tab');
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await page.getByText('The game is kept.').waitFor();
  await page.getByText('You are number 2 with 65 points.').waitFor();
  expect(await page.locator('#lines tr.mine').textContent()).toContain('cid');
  const around = ['1\t<b>Ann</b>\t70\t1', '2\tcid\t65\t1', '3\tbob\t60\t1'];
  await expect.poll(() => page.locator('#around-lines tr').allInnerTexts(), { timeout: 60_000 }).toEqual(around);
  await keep(page, 'game-events-around');
  await page.locator('#this-week').focus();
  await page.keyboard.press('Space');
  await page.getByText(/^Weekly Championship/).waitFor();
  expect(await page.getByRole('button', { name: 'This week' }).getAttribute('aria-pressed')).toBe('true');
  expect(said).toEqual([]);
});

test('does not believe everything', async () => {
  const { page } = await open('light', 360);
  await page.getByLabel('Player').fill('eve');
  await page.getByLabel('Score').fill('99999');
  await page.getByRole('button', { name: 'End the game' }).click();
  await page.getByText(/hard to believe/).waitFor();
});

test.each([
  ['light', 1_000],
  ['dark', 1_000],
  ['light', 360],
  ['dark', 360],
] as const)(
  'in the %s theme, %i pixels wide, it fits and its texts can be told from their ground',
  async (theme, width) => {
    const { page, said } = await open(theme, width);
    await page.locator('#lines tr').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const faint = await page.evaluate(CONTRAST);
    expect(faint).toEqual([]);
    expect(said).toEqual([]);
    await keep(page, `game-events-${theme}-${width}`);
  },
);

/** Texts whose contrast with their ground is below 4.5 : 1, as WCAG 2.2 counts it. Runs in the page. */
const CONTRAST = `(() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const ground = (node) => {
    for (let at = node; at !== null; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll('body *')]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== ''))
    .filter((node) => node.checkVisibility())
    .map((node) => {
      const [a, b] = [luminance(numbers(getComputedStyle(node).color).slice(0, 3)), luminance(ground(node))];
      return [node.id || node.tagName, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    })
    .filter(([, ratio]) => ratio < 4.5);
})()`;
