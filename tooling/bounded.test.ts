import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bounded } from './bounded.ts';

class Locator {
  waitFor(_: object): Promise<void> {
    return new Promise(() => undefined);
  }
  async count(): Promise<number> {
    return 2;
  }
}
class Page {
  readonly keyboard = new Locator();
  locator(_: string): Locator {
    return new Locator();
  }
  on(_: string): this {
    return this;
  }
  async evaluate(): Promise<object> {
    return { a: [1] };
  }
}
class Browser {
  readonly #pages: Page[] = [];
  async newPage(): Promise<Page> {
    const page = new Page();
    this.#pages.push(page);
    return page;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what a browser, its page or a locator of that awaits in vain is an error that names it', async () => {
  const page = await bounded(new Browser(), 90, 'browser').newPage();
  for (const [wait, name] of [
    [
      () => page.locator('#board').waitFor({ state: 'visible' }),
      'browser.locator("#board").waitFor({"state":"visible"})',
    ],
    [() => page.on('close').keyboard.waitFor({}), 'browser.keyboard.waitFor({})'],
  ] as const) {
    const failed = expect(wait()).rejects.toThrow(`Waited 90 s in vain for ${name}.`);
    await vi.advanceTimersByTimeAsync(90_000);
    await failed;
  }
});

test('what it finds is passed on as it is', async () => {
  const page = await bounded(new Browser(), 90, 'browser').newPage();
  expect(await page.locator('#board').count()).toBe(2);
  expect(await page.evaluate()).toEqual({ a: [1] });
  expect(page.on('close')).toBeInstanceOf(Page);
});
