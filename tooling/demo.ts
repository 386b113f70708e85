import { existsSync } from 'node:fs';

// `npm run demo` scores two contests; `npm run demo -- <host>` starts that host and shows it working.
const [host] = process.argv.slice(2);
const tour = new URL(`../examples/${host}/src/tour.ts`, import.meta.url);
if (host !== undefined && /^[a-z-]+$/.test(host) && !host.startsWith('-') && existsSync(tour)) {
  process.argv.splice(2, 1);
  await import(tour.href);
} else {
  await import('../examples/world-cup/src/demo.ts');
}
