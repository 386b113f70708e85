import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** Where the demo writes. On a terminal its last line may be alive; elsewhere a sign of life comes every few seconds. */
export interface Screen {
  /** Columns to write in. */
  readonly width: number;
  /** A line that stays; an empty one without text. */
  line(text?: string): void;
  /** A line that the next one replaces. */
  live(text: string): void;
  /** Emphasis that disappears where colours are not wanted (NO_COLOR, no terminal). */
  style(format: Style, text: string): string;
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** A stream, and what it says about itself when it is a terminal. */
type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number | undefined };

/**
 * @param stream where to write
 * @param now milliseconds, from any start
 */
export function screenOn(stream: Output, now: () => number = () => performance.now()): Screen {
  let alive = false;
  let lastSign = now();
  const clear = (): void => {
    if (alive) stream.write('\r\u001B[2K');
    alive = false;
  };
  return {
    width: Math.min(100, Math.max(60, stream.columns ?? 80)),
    line(text = '') {
      clear();
      stream.write(`${text}\n`);
      lastSign = now();
    },
    live(text) {
      if (stream.isTTY) {
        clear();
        stream.write(text);
        alive = true;
      } else if (now() - lastSign >= SIGN_OF_LIFE_MS) {
        stream.write(`${text}\n`);
        lastSign = now();
      }
    },
    style: (format, text) => styleText(format, text, { stream }),
  };
}

const SIGN_OF_LIFE_MS = 5_000;
