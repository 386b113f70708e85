import { DatabaseUnusable } from './database.ts';
import { demonstrate } from './demonstrate.ts';
import { HELP, parseOptions } from './options.ts';
import { asJson, closing, isFlawless } from './report.ts';
import { screenOn } from './show/screen.ts';
import { wrap } from './show/text.ts';

const parsed = parseOptions(process.argv.slice(2), process.env);
if (parsed.kind === 'help') process.stdout.write(HELP);
else if (parsed.kind === 'invalid') {
  process.stderr.write(`${parsed.message}\n`);
  process.exitCode = 2;
} else {
  const { options } = parsed;
  const screen = screenOn(options.json ? process.stderr : process.stdout);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      screen.line('  stopping; nothing is left behind (again to leave at once)');
      interrupted.abort(new Error(`Stopped by ${signal}`));
      process.exitCode = signal === 'SIGINT' ? 130 : 143;
    });
  }
  // Whoever read the output has gone (`| head`): the same as a Ctrl-C, with nothing left to say.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', (error) => interrupted.abort(error));
  try {
    const outcomes = await demonstrate(options, screen, interrupted.signal);
    screen.line();
    for (const line of closing(screen, outcomes, options)) screen.line(line);
    if (options.json) process.stdout.write(`${JSON.stringify(asJson(outcomes, options))}\n`);
    process.exitCode = isFlawless(outcomes) ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) process.exitCode ??= 130;
    else if (error instanceof DatabaseUnusable) {
      screen.line();
      process.stderr.write(`${wrap(error.message, screen.width).join('\n')}\n`);
      process.exitCode = 2;
    } else throw error;
  }
}
