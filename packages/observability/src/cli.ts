#!/usr/bin/env node
import { readProbe } from './health/probe.ts';

const [command, ...args] = process.argv.slice(2);
const [file, probe = 'live'] = args;
if (command === 'probe' && file !== undefined && (probe === 'live' || probe === 'ready' || probe === 'started')) {
  process.exitCode = readProbe(file, probe) ? 0 : 1;
} else {
  process.stderr.write('Usage: scorekeep-observability probe <file> [live | ready | started]\n');
  process.exitCode = 2;
}
