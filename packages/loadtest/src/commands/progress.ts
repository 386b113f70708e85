import type { Io } from './io.ts';

/** Says on stderr what goes on: a line that is drawn anew on a terminal; elsewhere, such as in CI, a line every ten seconds. */
export function progressOn({ err, terminal = false, env }: Io): { line: (text: string) => void; end: () => void } {
  const redraws = terminal && env['CI'] === undefined && env['TERM'] !== 'dumb';
  let said = Number.NEGATIVE_INFINITY;
  let subject = '';
  return {
    line(text) {
      if (redraws) return err(`\r\u001b[2K${text}`);
      const [head = ''] = text.split(':');
      if (head === subject && performance.now() - said < EVERY_MS) return;
      said = performance.now();
      subject = head;
      err(`${text}\n`);
    },
    end() {
      if (redraws) err('\r\u001b[2K');
    },
  };
}

const EVERY_MS = 10_000;
