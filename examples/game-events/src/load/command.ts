import { hundredAtOnce, type LoadReport, thousandTimesTwo } from './guide-load.ts';

// The guide's performance tests against a service that runs: `node … src/load/command.ts http://localhost:3000`.
const [url = 'http://127.0.0.1:3000'] = process.argv.slice(2);
const show = (what: string, { requests, statuses, accepted, milliseconds, median, p95 }: LoadReport): void =>
  console.log(
    `${what}: ${requests} requests in ${Math.round(milliseconds)} ms, ${accepted} events kept, answers ${JSON.stringify(statuses)}, half within ${Math.round(median)} ms, 95 % within ${Math.round(p95)} ms`,
  );
show('100 at once', await hundredAtOnce(url));
show('1000 x 2', await thousandTimesTwo(url));
const stats = (await (await fetch(`${url}/api/events/stats`)).json()) as { queue: unknown };
console.log(JSON.stringify(stats.queue));
