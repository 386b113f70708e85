import { accessToken, ask, type Started, startHost } from '@scorekeep/example-contract';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '../../../tooling/open-browser.ts';
import { testDatabase } from '../../../tooling/test-database.ts';
import { readTournament } from './host/tournament.ts';
import { ADMIN_PHONE, predict, REAL_DRAW } from './testing/predict.ts';

const ME = '09120000777';
const PREDICTOR = '09120000778';
const HASTY = '09120000779';
const SURPRISED = '09120000780';
let app: Started;
let browser: Browser;
let admin: string;
/** Of Ann, who predicted in the first test. */
let ann: string;

/** The real draw, two teams of which are swapped: 80 points. */
const SWAPPED = {
  ...REAL_DRAW,
  A: [REAL_DRAW['B']?.[0] ?? '', ...(REAL_DRAW['A'] ?? []).slice(1)],
  B: [REAL_DRAW['A']?.[0] ?? '', ...(REAL_DRAW['B'] ?? []).slice(1)],
};

beforeAll(async () => {
  app = await startHost(new URL('./main.ts', import.meta.url), {
    DATABASE_URL: (await testDatabase()).url,
    OTP_DELIVERY: 'response',
    ADMIN_PHONES: ADMIN_PHONE,
    SEED_PREDICTIONS: '3000',
  });
  browser = await openBrowser();
  admin = await accessToken(app.url, ADMIN_PHONE);
});
afterAll(async () => {
  await browser?.close();
  await app?.end('SIGTERM');
});

const post = async (path: string, body?: unknown, method = 'POST'): Promise<void> => {
  const { status } = await ask(`${app.url}${path}`, { method, token: admin, body });
  expect(status).toBe(200);
};

const THEMES = [
  ['light', 1000, 900],
  ['dark', 360, 780],
  ['light', 360, 780],
  ['dark', 1000, 900],
] as const;

/** A page, and everything that it complained of. */
async function open(theme: 'light' | 'dark', width: number, height: number): Promise<{ page: Page; said: string[] }> {
  const page = await browser.newPage({ colorScheme: theme, viewport: { width, height } });
  // For a busy machine; what takes longer is named, long before the ceiling of the test that tells nothing.
  page.setDefaultTimeout(45_000);
  const said: string[] = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  await page.goto(app.url);
  return { page, said };
}

/** Kept where SCREENSHOTS says, to be looked at. */
async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** Signs in by keyboard alone. */
async function signIn(page: Page, phone: string): Promise<void> {
  await page.locator('#to-sign-in').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.id')).toBe('phone');
  await page.keyboard.type(phone);
  await page.keyboard.press('Enter');
  await page.locator('#code:focus').waitFor();
  expect(await page.locator('#code').inputValue()).toMatch(/^\d{6}$/);
  await page.keyboard.press('Enter');
  await page.locator('#sign-out').waitFor();
}

/** What the host keeps of whoever is signed in on this page. */
async function predictionOf(page: Page): Promise<Record<string, string[]>> {
  const token = await page.evaluate<string>(`sessionStorage.getItem('token')`);
  const { body } = await ask(`${app.url}/prediction`, { token });
  return (body as { predict: { groups: Record<string, string[]> } }).predict.groups;
}

const { teams } = readTournament();
const teamId = (name: string): string | undefined => teams.find((team) => team.name === name)?.id;

describe('the page', () => {
  test('takes a prediction of the draw by keyboard, and another one in its place', async () => {
    const { page, said } = await open('dark', 360, 780);
    await page.getByText('Sign in to take part.').waitFor();
    await signIn(page, PREDICTOR);
    await page.getByText('You have not taken part.').waitFor();
    await page.locator('#draw-box summary').focus();
    await page.keyboard.press('Enter');
    // The first team of the list by name, then all others by chance.
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.parentElement.textContent')).toContain('Algeria');
    await page.keyboard.press('C');
    await page.locator('#fill').focus();
    await page.keyboard.press('Enter');
    await page.getByText('All groups have four teams.').waitFor();
    await page.locator('#draw-form button[type=submit]').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Your prediction is saved.').waitFor();
    expect(await page.locator('#match-form').isVisible()).toBe(false);
    expect((await predictionOf(page))['C']).toContain(teamId('Algeria'));
    await keep(page, 'predict-draw');

    const choices = page.locator('#teams select');
    const [first, second] = [choices.first(), page.locator('#teams select:has(option[value=D]:checked)').nth(1)];
    await first.selectOption('D');
    await page.getByText('not yet: C 3, D 5.').waitFor();
    await page.locator('#draw-form button[type=submit]').click();
    await page.locator('#predict-said', { hasText: 'not yet: C 3, D 5.' }).waitFor();
    await second.selectOption('C');
    await page.locator('#draw-form button[type=submit]').click();
    await page.getByText('Your prediction is changed.').waitFor();
    expect((await predictionOf(page))['D']).toContain(teamId('Algeria'));
    expect(said).toEqual([]);

    // What is kept is there again, and the deadline ends it without a reload.
    await page.reload();
    await page.getByText('Your prediction is kept. It can be changed until').waitFor();
    await expect.poll(() => choices.first().inputValue(), { timeout: 60_000 }).toBe('D');
    await page.close();
  });

  test('whoever a stranger had a code sent to signs in with that code, and need not wait for one of their own', async () => {
    const { body } = await ask(`${app.url}/auth/send-otp`, { method: 'POST', body: { phone: SURPRISED } });
    const { page } = await open('light', 1000, 900);
    await page.locator('#phone').fill(SURPRISED);
    await page.keyboard.press('Enter');
    await page.getByText('A code that was sent to you in the last two minutes works.').waitFor();
    await page.locator('#code').fill((body as { code: string }).code);
    await page.keyboard.press('Enter');
    await page.locator('#sign-out').waitFor();
    await page.close();
  });

  test('reads a form once from a slow server, so that nothing of what somebody chose is lost to a second reading', async () => {
    const { page, said } = await open('light', 1000, 900);
    const slow = Promise.withResolvers<void>();
    const asked = { teams: 0, givenUp: 0, board: 0 };
    page.on('request', (request) => {
      if (request.url().endsWith('/prediction/teams')) asked.teams += 1;
      if (asked.teams > 0 && request.url().includes('/prediction/leaderboard')) asked.board += 1;
    });
    // On a busy machine it may wait for longer than the page has patience, and be asked again.
    page.on('requestfailed', (request) => {
      if (request.url().endsWith('/prediction/teams')) asked.givenUp += 1;
    });
    await page.route('**/prediction/teams', (route) =>
      slow.promise.then(() => route.continue()).catch(() => undefined),
    );
    await signIn(page, HASTY);
    await expect.poll(() => asked.teams, { timeout: 60_000 }).toBe(1);
    expect(await page.locator('#draw-box').isVisible(), 'a form without its teams').toBe(false);
    // All is looked at anew every few seconds.
    await expect.poll(() => asked.board, { timeout: 60_000 }).toBeGreaterThan(1);
    slow.resolve();
    await page.locator('#draw-box summary').click();
    await page.locator('#teams select').first().selectOption('D');
    expect(asked.teams - asked.givenUp).toBe(1);
    expect(await page.locator('#teams select').first().inputValue()).toBe('D');
    expect(said).toEqual([]);
    await page.close();
  });

  test('shows what waits, then live how far the scoring has come, and the board, without a reload', async () => {
    const { page, said } = await open('light', 1000, 900);
    await page.getByText('of 3,001 predictions scored').waitFor();
    await page.getByText('Nobody has points yet.').waitFor();
    await keep(page, 'before');
    const { token, status } = await predict(app, '09120000001', SWAPPED);
    expect(status).toBe(200);
    ann = token;
    await ask(`${app.url}/me`, { method: 'PUT', token, body: { name: '<b>Ann</b> عين' } });
    await post('/prediction/admin/close');
    await post('/prediction/admin/draw', { groups: REAL_DRAW });
    await page.getByText('3,002 of 3,002 predictions scored').waitFor();
    await page.getByText('Everything is scored.').waitFor({ state: 'attached' });
    const line = page.locator('#board tbody tr', { hasText: '<b>Ann</b>' });
    await line.waitFor();
    expect(await line.locator('td').nth(2).textContent()).toBe('80');
    expect(said).toEqual([]);
    await page.close();
  });

  test('is used by keyboard alone: sign in, my place, why these points, the other contest', async () => {
    const kickedOff = [1, 2, 3];
    const { page, said } = await open('light', 1000, 900);
    await signIn(page, ME);
    await page.getByText('You are not on this board yet').waitFor();
    const token = await page.evaluate<string>(`sessionStorage.getItem('token')`);
    // Nobody takes part in the draw after it is closed; a match that is to come takes forecasts.
    await page.getByText('The contest is closed, and predictions change no more.').waitFor();
    expect(await page.locator('#draw-box').isVisible()).toBe(false);
    await page.locator('#tab-draw').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('#match-form').waitFor();
    await page.locator('#to-predict').selectOption('3');
    for (const goals of ['1', '2']) {
      await page.locator('#home').fill(goals);
      await page.locator('#home').press('Tab');
      await page.keyboard.type('1');
      await page.keyboard.press('Enter');
      await page.locator('#predict-said', { hasText: goals === '1' ? 'Saved: ' : 'Changed: ' }).waitFor();
    }
    await keep(page, 'predict-matches');
    await ask(`${app.url}/matches/2/prediction`, { method: 'PUT', token, body: { home: 2, away: 1 } });
    for (const number of kickedOff) {
      await post(`/matches/admin/${number}/kick-off`);
      await post(`/matches/admin/${number}/result`, { home: 2, away: number }, 'PUT');
    }
    expect(await page.locator('#tab-matches').getAttribute('aria-selected')).toBe('true');
    // A match that was kicked off meanwhile takes no forecast, and the page says so.
    await page.locator('#to-predict').selectOption('3');
    await page.locator('#match-form button').click();
    await page.getByText('The match has been kicked off.').waitFor();
    expect(said.splice(0)).toEqual([expect.stringContaining('409')]);
    await expect.poll(() => page.locator('#to-predict option[value="3"]').count(), { timeout: 60_000 }).toBe(0);
    const mine = page.locator('#around tr[aria-current]');
    await mine.waitFor();
    expect(await mine.textContent()).toContain('(you)');
    // Those who were invented forecast the same matches.
    await page.locator('#around tr:not([aria-current]) td').first().waitFor();
    await page.locator('#why summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('#rules li').first().waitFor();
    expect(await page.locator('#match option').count()).toBe(2);
    expect(await page.locator('#why-sentence').textContent()).toMatch(/^You said 2-1\. \d points\.$/);
    await keep(page, 'why-matches');
    expect(said).toEqual([]);
    await page.close();
  });

  test.each(THEMES)('fits and can be read in the %s theme at %i px', async (theme, width, height) => {
    const { page, said } = await open(theme, width, height);
    await page.evaluate(`sessionStorage.setItem('token', ${JSON.stringify(ann)})`);
    await page.reload();
    await page.locator('#around tr[aria-current]').waitFor();
    await page.locator('#why summary').click();
    await page.locator('#rules li').first().waitFor();
    await keep(page, `${theme}-${width}`);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const low = await page.evaluate<string[]>(LOW_CONTRAST);
    expect(low, 'texts below 4.5 : 1').toEqual([]);
    const small = await page.evaluate<string[]>(SMALL_TARGETS);
    expect(small, 'controls below 44 px').toEqual([]);
    expect(said).toEqual([]);
    await page.close();
  });

  test('says that the server cannot be reached, and goes on by itself when it can', async () => {
    const { page } = await open('light', 1000, 900);
    await page.getByText('predictions scored').waitFor();
    await page.context().setOffline(true);
    await page.getByText('Trying again.').waitFor();
    await page.context().setOffline(false);
    await page.getByText('predictions scored').waitFor();
    await page.close();
  });

  test('goes on by itself when a question of it is never answered', async () => {
    const { page } = await open('light', 1000, 900);
    await page.getByText('predictions scored').waitFor();
    await page.route('**/prediction/progress', () => undefined, { times: 1 });
    await page.getByText('The server cannot be reached. Trying again.').waitFor();
    await page.getByText('predictions scored').waitFor();
    await page.close();
  });
});

/** Texts whose colour is too close to what is behind them, by WCAG's contrast ratio. */
const LOW_CONTRAST = `(() => {
  const parse = (color) => { const c = document.createElement('canvas').getContext('2d'); c.fillStyle = color; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (let at = e; at; at = at.parentElement) { const c = parse(getComputedStyle(at).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
  return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .filter((e) => { const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05) < 4.5; })
    .map((e) => e.tagName + ' ' + e.textContent.trim().slice(0, 30));
})()`;

/** Controls that a thumb misses. */
const SMALL_TARGETS = `[...document.querySelectorAll('button, input, select, summary')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
  .map((e) => e.tagName + ' ' + (e.id || e.textContent) + ' ' + e.getBoundingClientRect().height)`;
