import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { main } from '../../main.ts';
import { reportExample } from '../../testing/report-example.ts';
import { htmlReport } from './html-report.ts';

const { result, options } = reportExample();
const html = htmlReport(result, options);
const figures = html.match(/<figure>[\s\S]*?<\/figure>/g) ?? [];

test('each chart has a title, a description for whoever does not see it, and a table beside it', () => {
  expect(figures.map((figure) => /<h3>(.*?)<\/h3>/.exec(figure)?.[1])).toEqual([
    'Cost against another build',
    'Throughput',
    'Backlog',
    'CPU',
    'Memory',
    'Dead tuples',
    'Disk',
    'Latency by percentile',
    'Throughput by workers',
  ]);
  for (const figure of figures) {
    expect(figure).toMatch(/<svg [^>]*role="img" aria-label="[^"]{20,}"/);
    expect(figure).toMatch(/<table><caption>.+<\/caption><thead>/);
  }
});

test('the file asks for nothing: no script, no address, and a policy that forbids both', () => {
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(html).not.toMatch(/<script|<link|<img|<iframe|url\(|@import|https?:|\son[a-z]+=/i);
});

test('every check stands in it with its verdict in words', () => {
  for (const { checks } of result.scenarios) {
    for (const { message } of checks) expect(html).toContain(message.replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
  }
  expect(html.match(/<td role="cell"><span class="verdict /g)).toHaveLength(
    result.scenarios.flatMap(({ checks }) => checks).length,
  );
});

test('the budget, what was measured and what was not, and the configuration of the workers are shown', () => {
  expect(html.match(/class="budget"/g)).toHaveLength(1);
  expect(html).toContain('>extrapolated</text>');
  expect(html).toContain('<path class="band"');
  expect(html).toContain('<th scope="row">batch.size</th><td>1000</td>');
});

test('charts of what was not measured are left out, and no number is made up', () => {
  const bare = htmlReport(result);
  expect(bare.match(/<figure>/g)).toHaveLength(1);
  expect(`${html}${bare}`).not.toMatch(/NaN|Infinity|undefined/);
});

test('names and messages cannot break out of the page', () => {
  const nasty = '</h1><script>alert("1")</script>\u0000';
  const [scenario] = result.scenarios;
  if (scenario === undefined) throw new Error('The example has a scenario');
  const checks = scenario.checks.map((check) => ({ ...check, metric: nasty, message: nasty, file: nasty }));
  const page = htmlReport({
    ...result,
    profile: nasty,
    takenAt: nasty,
    environment: { [nasty]: nasty },
    scenarios: [{ ...scenario, name: nasty, checks }],
  });
  expect(page).not.toContain('<script');
  expect(page).not.toContain('\u0000');
  expect(page.match(/<\/h1>/g)).toHaveLength(1);
});

describe('on the command line', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'report-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, value: unknown): string => {
    const at = path.join(folder, name);
    writeFileSync(at, JSON.stringify(value));
    return at;
  };

  test('--html writes what the library gives', async () => {
    const out = path.join(folder, 'report.html');
    const printed: string[] = [];
    const args = ['report', file('result.json', result), '--html', out];
    args.push('--measurements', file('measurements.json', options.measurements));
    args.push('--throughput', file('throughput.json', { version: 1, samples: options.scalability?.samples }));
    const io = { out: (text: string) => printed.push(text), err: (text: string) => printed.push(text), env: {} };
    expect(await main(args, io)).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(html);
    expect(printed).toEqual([]);
  });
});
