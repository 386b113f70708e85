/** Text for HTML and SVG, also within a quoted attribute. */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(FORBIDDEN, '\ufffd');

// biome-ignore lint/suspicious/noControlCharactersInRegex: those that HTML cannot hold
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** A table whose cells are text; of more than `most` rows it shows so many evenly, and says so. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  most = 40,
): string {
  const step = Math.ceil(rows.length / most);
  const shown = rows.filter((_, i) => i % step === 0 || i === rows.length - 1);
  const title = `${escaped(caption)}${step > 1 ? `, one row of ${step}` : ''}`;
  const line = (cells: readonly string[]): string =>
    `<tr>${cells.map((cell, i) => (i === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td>${escaped(cell)}</td>`)).join('')}</tr>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table><caption>${title}</caption><thead><tr>${head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')}</tr></thead><tbody>${shown.map(line).join('')}</tbody></table></div>`;
}
