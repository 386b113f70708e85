import type { Screen } from './screen.ts';
import { columns, count, pad } from './text.ts';

/** A progress bar with what it stands for, as wide as the screen: `  ━━━━━━━───────  50 %  25 000 of 50 000`. */
export function progressBar(screen: Screen, done: number, total: number, note = ''): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const figures = `${pad(String(Math.floor(share * 100)), 3, 'right')} %  ${pad(count(done), columns(count(total)), 'right')} of ${count(total)}`;
  const tail = note === '' ? figures : `${figures}  ${note}`;
  const width = Math.max(10, Math.min(30, screen.width - columns(tail) - 5));
  const full = Math.round(share * width);
  const bar = screen.style('cyan', '━'.repeat(full)) + screen.style('dim', '─'.repeat(width - full));
  return `  ${bar}  ${pad(tail, Math.min(columns(tail), screen.width - width - 5))}`;
}
